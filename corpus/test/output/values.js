// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is printed is converted to text, and may throw while it is
---*/

print(undefined);
print(null, 1, -0, 1n);
print([1, [2, 3]], {});
print("NUL \u0000 within", "tab\t", "lone \ud800 surrogate", "😀");
print();
assert.throws(TypeError, () => print(Symbol("s")));
assert.throws(RangeError, () => print({ toString() { throw new RangeError(); } }));
assert.sameValue(print("text"), undefined);
