// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Every line terminator ends a line comment, and separates statements
---*/

const terminators = ["\n", "\r", "\r\n", "\u2028", "\u2029"];
for (const end of terminators) {
  assert.sameValue((0, eval)("1 // comment" + end + "+ 1"), 2);
  assert.sameValue((0, eval)("var a = 1" + end + "a = 5" + end + "a"), 5);
}
assert.sameValue("\u2028".length, 1);
assert.sameValue((0, eval)('"\u2028"'), "\u2028", "allowed in a string literal");
assert.throws(SyntaxError, () => (0, eval)('"\n"'));
assert.sameValue((0, eval)("`\r\n`"), "\n", "a template normalises");
