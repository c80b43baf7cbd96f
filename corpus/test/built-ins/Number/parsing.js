// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Text as numbers
---*/

assert.sameValue(Number(" \n12\t"), 12);
assert.sameValue(Number(""), 0);
assert.sameValue(Number("0x1F"), 31);
assert.sameValue(Number("1_0"), NaN);
assert.sameValue(Number("1n"), NaN);
assert.sameValue(parseInt("12px"), 12);
assert.sameValue(parseInt("0b1"), 0);
assert.sameValue(parseInt("z", 36), 35);
assert.sameValue(parseFloat(".5.5"), 0.5);
assert.sameValue(Number("1e1000"), Infinity);
assert.sameValue(Number.isSafeInteger(2 ** 53), false);
assert.sameValue(Number.EPSILON, 2 ** -52);
