// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: isConstructor asks without running anything
includes: [isConstructor.js]
features: [Reflect.construct, arrow-function]
---*/

let ran = false;
function ordinary() {
  ran = true;
}
assert.sameValue(isConstructor(ordinary), true);
assert.sameValue(isConstructor(class {}), true);
assert.sameValue(isConstructor(() => {}), false);
assert.sameValue(isConstructor({ m() {} }.m), false);
assert.sameValue(isConstructor(function* () {}), false);
assert.sameValue(isConstructor({}), false);
assert.sameValue(isConstructor(), false);
assert.sameValue(ran, false);
