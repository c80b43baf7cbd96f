// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Spread in calls, arrays and objects
features: [object-spread, Symbol.iterator]
includes: [compareArray.js, deepEqual.js]
---*/

assert.compareArray([..."añ😀"], ["a", "ñ", "😀"]);
assert.compareArray([...[1, , 3]], [1, undefined, 3]);
assert.sameValue(Math.max(...[1, 5], 3, ...new Set([9])), 9);

const source = {
  a: 1,
  get b() {
    return 2;
  },
  [Symbol.for("s")]: 3,
  __proto__: { inherited: 4 },
};
const copy = { ...null, ...source, ...["h", "i"] };
assert.deepEqual(copy, { a: 1, b: 2, 0: "h", 1: "i", [Symbol.for("s")]: 3 });
assert.sameValue(Object.getOwnPropertyDescriptor(copy, "b").get, undefined, "getters are read");
assert.throws(TypeError, () => [...{}]);
