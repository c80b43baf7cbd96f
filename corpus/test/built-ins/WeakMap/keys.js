// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Weak collections take objects and unregistered symbols as keys, nothing else
features: [WeakMap, WeakSet, symbols-as-weakmap-keys]
---*/

const map = new WeakMap();
const key = {};
map.set(key, "value");
assert.sameValue(map.get(key), "value");
assert.sameValue(map.get({}), undefined);
assert.sameValue(map.delete(key), true);
assert.sameValue(map.has(key), false);
assert.throws(TypeError, () => map.set(1, 1));
assert.throws(TypeError, () => map.set(Symbol.for("registered"), 1));
const symbol = Symbol("own");
assert.sameValue(new WeakSet([symbol]).has(symbol), true);
