// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Numeric literals in every base, with separators
features: [numeric-separator-literal, BigInt]
---*/

assert.sameValue(0b1010, 10);
assert.sameValue(0O17, 15);
assert.sameValue(0xFf, 255);
assert.sameValue(1_000_000, 1e6);
assert.sameValue(0xFF_FFn, 65535n);
assert.sameValue(.5e-3, 0.0005);
assert.sameValue(5..toString(), "5");
assert.sameValue(9007199254740993, 9007199254740992);
for (const bad of ["1__0", "1_", "_1 + 0n1", "0_1", "1_n", "0b2", "08n", "3in []"]) {
  assert.throws(SyntaxError, () => Function("return " + bad), bad);
}
