// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Making and wrapping big integers
features: [BigInt]
---*/

assert.sameValue(BigInt("0xff"), 255n);
assert.sameValue(BigInt(""), 0n);
assert.sameValue(BigInt(Number.MAX_SAFE_INTEGER) + 2n, 9007199254740993n);
assert.throws(SyntaxError, () => BigInt("1.5"));
assert.throws(RangeError, () => BigInt(1.5));
assert.throws(TypeError, () => new BigInt(1));
assert.sameValue(BigInt.asUintN(8, 257n), 1n);
assert.sameValue(BigInt.asIntN(8, 255n), -1n);
assert.sameValue((123n).toString(36), "3f");
assert.sameValue(Number(2n ** 1024n), Infinity);
