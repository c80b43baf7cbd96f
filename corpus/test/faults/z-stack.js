// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults the stack is whole
features: [optional-catch-binding]
---*/

function depth() {
  try {
    return 1 + depth();
  } catch {
    return 1;
  }
}
assert(depth() > 100);
