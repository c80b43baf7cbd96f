// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A loop that makes garbage without end
flags: [noStrict]
---*/

for (let i = 0; ; i += 1) {
  [i, String(i), { i }];
}
