// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A private name tests with `in` whether an object carries it
features: [class-fields-private, class-fields-private-in]
---*/

class Branded {
  #brand;
  static has(value) {
    return #brand in value;
  }
}
assert.sameValue(Branded.has(new Branded()), true);
assert.sameValue(Branded.has({}), false);
assert.sameValue(Branded.has(Object.create(new Branded())), false, "private names are not inherited");
assert.throws(TypeError, () => Branded.has(1));
