// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Symbols are unique, registered or well-known
features: [Symbol, Symbol.toPrimitive, Symbol.hasInstance, Symbol.prototype.description]
---*/

assert.notSameValue(Symbol("a"), Symbol("a"));
assert.sameValue(Symbol.for("a"), Symbol.for("a"));
assert.sameValue(Symbol.keyFor(Symbol.for("a")), "a");
assert.sameValue(Symbol.keyFor(Symbol.iterator), undefined);
assert.sameValue(Symbol("d").description, "d");
assert.sameValue(Symbol().description, undefined);
assert.throws(TypeError, () => new Symbol());
assert.throws(TypeError, () => Symbol() + "");
const object = { [Symbol.toPrimitive]: (hint) => hint };
assert.sameValue(`${object}`, "string");
assert.sameValue(object + "", "default");
assert.sameValue(1 instanceof { [Symbol.hasInstance]: (x) => x === 1 }.constructor, false);
class Even {
  static [Symbol.hasInstance](n) {
    return n % 2 === 0;
  }
}
assert.sameValue(2 instanceof Even, true);
