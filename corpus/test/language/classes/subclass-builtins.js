// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Built-ins can be extended, with their inner workings
features: [class, Symbol.species, Map, Promise]
---*/

class List extends Array {
  get last() {
    return this[this.length - 1];
  }
}
const list = List.of(1, 2, 3).map((x) => x * 2);
assert(list instanceof List);
assert.sameValue(list.last, 6);
list[9] = 1;
assert.sameValue(list.length, 10);

class Failure extends RangeError {
  name = "Failure";
}
assert.sameValue(String(new Failure("m")), "Failure: m");
assert.sameValue(Object.prototype.toString.call(new Failure()), "[object Error]");

class DefaultMap extends Map {
  get(key) {
    return super.has(key) ? super.get(key) : 0;
  }
}
assert.sameValue(new DefaultMap([["a", 1]]).get("b"), 0);
class Never extends Promise {}
assert(Never.resolve(1) instanceof Never);
assert(Never.resolve(1).then() instanceof Never);
