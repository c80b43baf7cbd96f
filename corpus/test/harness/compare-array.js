// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Lists are compared by length and element
includes: [compareArray.js]
---*/

assert.compareArray([1, NaN, -0], [1, NaN, -0]);
assert.compareArray([], []);
assert.sameValue(compareArray([1, 2], [1, 2]), true);
assert.sameValue(compareArray([1, 2], [2, 1]), false);
assert.sameValue(compareArray([1], [1, undefined]), false);
assert.sameValue(compareArray([0], [-0]), false);
assert.throws(Test262Error, () => assert.compareArray([1], [2]));
assert.throws(Test262Error, () => assert.compareArray(null, []));
