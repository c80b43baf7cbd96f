// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Global let and const are no properties of the global object, var and functions are
features: [let, const, globalThis]
---*/

var asVar = 1;
let asLet = 2;
const asConst = 3;
class AsClass {}
function asFunction() {}

assert.sameValue(globalThis.asVar, 1);
assert.sameValue(globalThis.asFunction, asFunction);
for (const name of ["asLet", "asConst", "AsClass"]) {
  assert.sameValue(name in globalThis, false, name);
}
assert.sameValue((0, eval)("asLet + asConst"), 5, "another script sees them");
assert.sameValue(Object.getOwnPropertyDescriptor(globalThis, "asVar").configurable, false);
