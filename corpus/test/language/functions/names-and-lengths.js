// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Names given to functions by where they stand
includes: [propertyHelper.js]
---*/

const s = Symbol("described");
const object = {
  plain: function () {},
  arrow: () => {},
  [s]: () => {},
  get accessor() {
    return 1;
  },
  own: class {
    static name = "taken";
  },
};
assert.sameValue(object.plain.name, "plain");
assert.sameValue(object.arrow.name, "arrow");
assert.sameValue(object[s].name, "[described]");
assert.sameValue(Object.getOwnPropertyDescriptor(object, "accessor").get.name, "get accessor");
assert.sameValue(object.own.name, "taken");
assert.sameValue(Function().name, "anonymous");
assert.sameValue((() => {}).bind().name, "bound ");

verifyProperty(object.plain, "name", { value: "plain", writable: false, enumerable: false, configurable: true });
verifyProperty(object.arrow, "length", { value: 0, writable: false, enumerable: false, configurable: true });
