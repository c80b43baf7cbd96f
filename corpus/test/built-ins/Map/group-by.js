// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Grouping into an object and into a map
features: [array-grouping, Map]
---*/

const byParity = Object.groupBy([1, 2, 3], (x) => (x % 2 ? "odd" : "even"));
assert.sameValue(Object.getPrototypeOf(byParity), null);
assert.compareArray(byParity.odd, [1, 3]);
const key = {};
const map = Map.groupBy([1, 2, 3], (x) => (x > 1 ? key : null));
assert.compareArray(map.get(key), [2, 3]);
assert.compareArray(map.get(null), [1]);
