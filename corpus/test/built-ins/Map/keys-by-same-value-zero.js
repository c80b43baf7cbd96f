// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Keys are told apart by SameValueZero
features: [Map]
---*/

const map = new Map();
map.set(NaN, "nan").set(-0, "zero");
assert.sameValue(map.get(0), "zero");
assert.sameValue(map.get(NaN), "nan");
assert.sameValue(Object.is([...map.keys()][1], 0), true, "minus zero becomes zero");
assert.sameValue(map.get("0"), undefined);
const key = {};
map.set(key, 1);
assert.sameValue(map.has({}), false);
assert.sameValue(map.has(key), true);
assert.throws(TypeError, () => Map.prototype.get.call(new Set(), 1));
