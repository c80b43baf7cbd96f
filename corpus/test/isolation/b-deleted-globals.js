// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of deleted globals, and leaves the same
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
