// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A rest parameter is a true array of what is left
features: [rest-parameters]
---*/

function f(a, ...rest) {
  return rest;
}
assert.compareArray(f(1, 2, 3), [2, 3]);
assert.compareArray(f(), []);
assert(Array.isArray(f()));
assert.notSameValue(f(1, 2), f(1, 2));
assert.sameValue(f.length, 1);
assert.compareArray(((...[a, b]) => [b, a])(1, 2), [2, 1]);
assert.throws(SyntaxError, () => Function("...a, b", ""));
