// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A loop that catches all it can can not be caught up with, but ended
flags: [noStrict]
features: [optional-catch-binding]
---*/

for (;;) {
  try {
    [].concat({});
    throw 1;
  } catch {
    continue;
  } finally {
    continue;
  }
}
