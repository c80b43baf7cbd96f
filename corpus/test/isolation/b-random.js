// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of an advanced random state, and leaves the same
---*/

// Both start from the checkpoint, whose state is no test's own; all that can be
// asked of the numbers is that they are some, and that the function is the one.
assert.sameValue(Math.random.leaked, undefined);
const first = Math.random();
assert(first >= 0 && first < 1);

Math.random.leaked = true;
for (let i = 0; i < 1000; i += 1) {
  Math.random();
}
Math.random = () => 4;
