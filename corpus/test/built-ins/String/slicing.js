// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: slice, substring, at, and code units against code points
features: [String.prototype.at, String.fromCodePoint]
---*/

assert.sameValue("hello".slice(-3, -1), "ll");
assert.sameValue("hello".substring(3, 1), "el");
assert.sameValue("hello".at(-1), "o");
assert.sameValue("😀".length, 2);
assert.sameValue("😀".codePointAt(0), 0x1f600);
assert.sameValue("😀".charCodeAt(1), 0xde00);
assert.sameValue([..."😀a"].length, 2);
assert.sameValue(String.fromCodePoint(0x1f600), "😀");
assert.throws(RangeError, () => String.fromCodePoint(-1));
