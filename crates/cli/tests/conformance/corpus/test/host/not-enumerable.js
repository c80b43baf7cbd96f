// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: print and $262 are writable and configurable, and not enumerable
---*/

["print", "$262"].forEach(function (name) {
  var property = Object.getOwnPropertyDescriptor(globalThis, name);
  assert.same(property.writable, true, name);
  assert.same(property.configurable, true, name);
  assert.same(property.enumerable, false, name);
});
for (var name in globalThis) {
  assert(name !== "print" && name !== "$262" && name !== "gc", name + " is enumerable");
}
