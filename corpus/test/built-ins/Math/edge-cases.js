// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Signed zeros, infinities and rounding
---*/

assert.sameValue(Math.max(), -Infinity);
assert.sameValue(Math.max(-0, 0), 0);
assert.sameValue(Math.min(0, -0), -0);
assert.sameValue(Math.round(-0.5), -0);
assert.sameValue(Math.round(2.5), 3);
assert.sameValue(Math.round(0.49999999999999994), 0);
assert.sameValue(Math.sign(-0), -0);
assert.sameValue(Math.trunc(-0.9), -0);
assert.sameValue(Math.hypot(3, 4), 5);
assert.sameValue(Math.hypot(NaN, Infinity), Infinity);
assert.sameValue(Math.clz32(1), 31);
assert.sameValue(Math.imul(0xffffffff, 5), -5);
assert.sameValue(Math.fround(5.5), 5.5);
assert.sameValue(Math.cbrt(-0), -0);
assert.sameValue(Math[Symbol.toStringTag], "Math");
