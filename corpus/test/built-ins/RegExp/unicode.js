// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What the flags u and v change
features: [regexp-unicode-property-escapes, regexp-v-flag]
---*/

assert.sameValue(/^.$/.test("😀"), false);
assert.sameValue(/^.$/u.test("😀"), true);
assert.sameValue(/\p{Script=Greek}/u.test("λ"), true);
assert.sameValue(/\P{L}/u.test("λ"), false);
assert.sameValue(/[\p{L}--[a-z]]/v.test("a"), false);
assert.sameValue(/[\p{L}--[a-z]]/v.test("A"), true);
assert.sameValue(/\u{1F600}/u.test("😀"), true);
assert.throws(SyntaxError, () => new RegExp("\\p{NoSuchThing}", "u"));
assert.throws(SyntaxError, () => new RegExp("{", "u"));
assert.sameValue(/ſ/i.test("s"), false);
assert.sameValue(/ſ/iu.test("s"), true);
