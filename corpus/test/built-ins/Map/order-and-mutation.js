// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A map keeps the order of insertion, and can be changed while it is walked
features: [Map]
---*/

const map = new Map([["a", 1], ["b", 2], ["c", 3]]);
map.set("a", 10);
map.delete("b");
map.set("b", 20);
assert.compareArray([...map.keys()], ["a", "c", "b"]);
assert.compareArray([...map.values()], [10, 3, 20]);

const seen = [];
for (const [key] of map) {
  seen.push(key);
  if (key === "a") {
    map.delete("c");
    map.set("d", 4);
  }
}
assert.compareArray(seen, ["a", "b", "d"]);
map.clear();
assert.sameValue(map.size, 0);
assert.throws(TypeError, () => Map());
