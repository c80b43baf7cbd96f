// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Union, intersection, difference and comparison of sets
features: [Set, set-methods]
---*/

const a = new Set([1, 2, 3]);
const b = new Set([3, 4]);
assert.compareArray([...a.union(b)], [1, 2, 3, 4]);
assert.compareArray([...a.intersection(b)], [3]);
assert.compareArray([...a.difference(b)], [1, 2]);
assert.compareArray([...a.symmetricDifference(b)], [1, 2, 4]);
assert.sameValue(new Set([3]).isSubsetOf(a), true);
assert.sameValue(a.isSupersetOf(new Set([1])), true);
assert.sameValue(a.isDisjointFrom(new Set([9])), true);
assert.throws(TypeError, () => a.union([1]));
