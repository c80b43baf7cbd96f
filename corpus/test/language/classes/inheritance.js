// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Both the class and its prototype inherit, and super reaches either
features: [class, super, new.target]
---*/

class A {
  static make() {
    return new this();
  }
  constructor() {
    this.made = new.target.name;
  }
  who() {
    return "A";
  }
}
class B extends A {
  static make() {
    return super.make();
  }
  who() {
    return super.who() + "B";
  }
}
const b = B.make();
assert.sameValue(b.made, "B");
assert.sameValue(b.who(), "AB");
assert(b instanceof A);
assert.sameValue(Object.getPrototypeOf(B), A);
assert.throws(TypeError, () => B(), "a class can't be called");
assert.throws(TypeError, () => new (class extends null {})());
assert.throws(ReferenceError, () => new (class extends A { constructor() {} })());
assert.throws(TypeError, () => class extends 1 {});
