// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Recursion without end in script is an error like any other
---*/

let depth = 0;
function deeper() {
  depth += 1;
  deeper();
}
assert.throws(RangeError, deeper);
assert(depth > 100, "some depth was reached");
const first = depth;
depth = 0;
assert.throws(RangeError, deeper);
assert(depth > first / 2, "and again");
