// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Binding receivers and arguments
includes: [isConstructor.js]
features: [Reflect.construct]
---*/

function join(...args) {
  return [this && this.tag, ...args].join();
}
const bound = join.bind({ tag: "t" }, 1);
assert.sameValue(bound(2), "t,1,2");
assert.sameValue(bound.call({ tag: "other" }, 2), "t,1,2");
assert.sameValue(bound.name, "bound join");
assert.sameValue(bound.length, 0);
assert.sameValue(join.apply({ tag: "a" }, { length: 2, 0: "x" }), "a,x,");
function Point(x, y) {
  this.x = x;
  this.y = y;
}
const Y = Point.bind(null, 0);
assert(new Y(5) instanceof Point);
assert.sameValue(new Y(5).y, 5);
assert.sameValue(isConstructor(Y), true);
assert.sameValue("prototype" in Y, false);
