// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: for-in visits integer keys first, then names in order, then the prototype's
features: [for-in-order]
---*/

const object = Object.create({ inherited: 1, b: "shadowed" });
object.b = 1;
object[10] = 1;
object.a = 1;
object[2] = 1;
Object.defineProperty(object, "hidden", { value: 1, enumerable: false });
const keys = [];
for (const key in object) {
  keys.push(key);
}
assert.compareArray(keys, ["2", "10", "b", "a", "inherited"]);

for (const key in null) {
  throw new Test262Error("null has no keys");
}
