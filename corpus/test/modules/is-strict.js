// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Module code is strict, this is undefined, and names stay inside
flags: [module]
---*/

var inside = 1;
assert.sameValue(this, undefined);
assert.sameValue("inside" in globalThis, false);
assert.sameValue((function () { return this; })(), undefined);
assert.throws(ReferenceError, () => {
  undeclared = 1;
});
assert.sameValue(typeof require, "undefined");
