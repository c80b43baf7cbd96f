// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Static blocks run in order with the static fields, with this as the class
features: [class-static-block, class-static-fields-public]
---*/

let peek;
const order = [];
class C {
  static a = order.push("a");
  static {
    order.push(this === C);
    var local = 1;
    peek = (c) => c.#secret;
  }
  static b = order.push("b");
  #secret = 7;
}
assert.compareArray(order, ["a", true, "b"]);
assert.sameValue(peek(new C()), 7);
assert.sameValue(typeof local, "undefined");
