// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Where a line break ends a statement, and where it does not
---*/

function nothing() {
  return
  1
}
assert.sameValue(nothing(), undefined);

let a = 1
let b = a
++b
assert.sameValue(a, 1)
assert.sameValue(b, 2)

const joined = a
+ b
assert.sameValue(joined, 3)
assert.throws(SyntaxError, () => Function("throw\n1"))
do a++; while (a < 3) a++
assert.sameValue(a, 4)
