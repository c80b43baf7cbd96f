// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An exact sum, rounded once
features: [Math.sumPrecise]
---*/

assert.sameValue(Math.sumPrecise([1e20, 0.1, -1e20]), 0.1);
assert.sameValue(Math.sumPrecise([]), -0);
assert.sameValue(Math.sumPrecise([Infinity, -Infinity]), NaN);
assert.throws(TypeError, () => Math.sumPrecise([1n]));
