// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error comes from the realm of the function that threw it
features: [cross-realm]
---*/

const other = $262.createRealm();
const OtherTypeError = other.global.TypeError;
assert.throws(OtherTypeError, other.evalScript("(function () { null.x; })"));
assert.throws(Test262Error, () => {
  assert.throws(TypeError, other.evalScript("(function () { null.x; })"));
}, "a TypeError of another realm is another TypeError");
assert.throws(other.global.SyntaxError, () => other.global.eval("var 1"));
assert.throws(other.global.RangeError, () => new other.global.Array(-1));
