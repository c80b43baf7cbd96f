// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict assignment to an undeclared name or a fixed property throws
flags: [onlyStrict]
---*/

assert.throws(ReferenceError, function () {
  neverDeclared = 1;
});
assert.sameValue("neverDeclared" in globalThis, false);
assert.throws(TypeError, function () {
  Object.freeze({ a: 1 }).a = 2;
});
assert.throws(TypeError, function () {
  "text".length = 1;
});
assert.throws(TypeError, function () {
  undefined = 1;
});
