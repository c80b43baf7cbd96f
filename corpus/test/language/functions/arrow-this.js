// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Arrows take this, arguments and super from around them
features: [arrow-function, super]
---*/

function outer() {
  return (() => [this.tag, arguments[0]])("ignored");
}
assert.compareArray(outer.call({ tag: "t" }, "kept"), ["t", "kept"]);

class Base {
  name() {
    return "base";
  }
}
class Sub extends Base {
  name() {
    return (() => super.name() + " of sub")();
  }
}
assert.sameValue(new Sub().name(), "base of sub");

const arrow = () => {};
assert.sameValue("prototype" in arrow, false);
assert.throws(TypeError, () => new arrow());
assert.sameValue((() => ({}))() instanceof Object, true);
