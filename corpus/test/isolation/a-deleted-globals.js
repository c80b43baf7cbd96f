// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind deleted globals, after a look at whether that is there already
---*/

for (const name of ["Array", "Map", "Promise", "parseInt", "globalThis", "Symbol", "$262", "print", "assert", "Test262Error"]) {
  assert.sameValue(Object.hasOwn(globalThis, name), true, name);
}
assert.sameValue(typeof parseInt, "function");

const self = globalThis;
for (const name of ["Map", "Promise", "parseInt", "globalThis", "$262", "print", "WeakRef", "JSON"]) {
  assert.sameValue(delete self[name], true, name);
}
assert.sameValue(typeof parseInt, "undefined");
