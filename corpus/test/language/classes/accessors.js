// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Accessors and methods of a class are not enumerable
features: [class, computed-property-names]
includes: [propertyHelper.js]
---*/

class C {
  get x() {
    return this._x;
  }
  set x(value) {
    this._x = value + 1;
  }
  static get ["compu" + "ted"]() {
    return "c";
  }
  method() {}
}
const c = new C();
c.x = 1;
assert.sameValue(c.x, 2);
assert.sameValue(C.computed, "c");
verifyProperty(C.prototype, "method", { writable: true, enumerable: false, configurable: true });
verifyProperty(C.prototype, "x", { enumerable: false, configurable: true });
verifyProperty(C, "prototype", { writable: false, enumerable: false, configurable: false });
