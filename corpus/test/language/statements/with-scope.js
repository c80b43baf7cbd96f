// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: with looks names up in its object, but for those in Symbol.unscopables
flags: [noStrict]
features: [Symbol.unscopables]
---*/

var name1 = "global";
var object = { name1: "object", name2: "hidden" };
object[Symbol.unscopables] = { name2: true };
with (object) {
  assert.sameValue(name1, "object");
  assert.sameValue(typeof name2, "undefined");
  name1 = "written";
  var declared = 1;
}
assert.sameValue(object.name1, "written");
assert.sameValue(name1, "global");
assert.sameValue(declared, 1);
assert.sameValue("declared" in object, false);
