// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Each realm has intrinsics and a global object of its own
features: [cross-realm]
---*/

const other = $262.createRealm();
assert.notSameValue(other.global, globalThis);
for (const name of ["Array", "Object", "Error", "Map", "Promise", "eval", "RegExp"]) {
  assert.notSameValue(other.global[name], globalThis[name], name);
}
const list = other.evalScript("[1, 2, 3]");
assert.sameValue(list instanceof Array, false);
assert.sameValue(Array.isArray(list), true);
assert.compareArray(list, [1, 2, 3]);
assert.sameValue(other.evalScript("typeof assert"), "undefined", "no harness in there");
