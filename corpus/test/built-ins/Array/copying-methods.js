// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: toSorted, toReversed, toSpliced and with leave the original alone
features: [change-array-by-copy]
---*/

const list = [3, 1, 2];
assert.compareArray(list.toSorted(), [1, 2, 3]);
assert.compareArray(list.toReversed(), [2, 1, 3]);
assert.compareArray(list.toSpliced(1, 1, "x", "y"), [3, "x", "y", 2]);
assert.compareArray(list.with(-1, 9), [3, 1, 9]);
assert.compareArray(list, [3, 1, 2]);
assert.throws(RangeError, () => list.with(3, 0));
assert.sameValue(0 in [, 1].toReversed().toSorted(), true, "holes become undefined");
