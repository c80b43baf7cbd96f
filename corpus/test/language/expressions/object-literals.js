// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Shorthand, computed names, accessors and __proto__ in object literals
features: [computed-property-names, __proto__, super]
---*/

const key = "k";
let n = 0;
const base = {
  greet() {
    return "base";
  },
};
const object = {
  __proto__: base,
  key,
  [key + ++n]: n,
  [key + ++n]: n,
  ["__proto__"]: "own",
  greet() {
    return "own, " + super.greet();
  },
  get twice() {
    return n * 2;
  },
};
assert.sameValue(Object.getPrototypeOf(object), base);
assert.sameValue(object.k1, 1);
assert.sameValue(object.k2, 2);
assert.sameValue(object.__proto__, "own");
assert.sameValue(object.greet(), "own, base");
assert.sameValue(object.twice, 4);
assert.compareArray(Object.keys(object), ["key", "k1", "k2", "__proto__", "greet", "twice"]);
assert.throws(TypeError, () => new object.greet(), "a method is no constructor");
