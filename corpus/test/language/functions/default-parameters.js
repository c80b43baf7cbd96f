// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Defaults are evaluated at each call, left to right, in a scope of their own
features: [default-parameters]
---*/

let n = 0;
function f(a = ++n, b = a * 2, c = () => a) {
  return [a, b, c()];
}
assert.compareArray(f(), [1, 2, 1]);
assert.compareArray(f(undefined, null), [2, null, 2]);
assert.compareArray(f(5), [5, 10, 5]);
assert.sameValue(f.length, 0);
assert.sameValue((function (a, b = 1, c) {}).length, 1);

const x = "outer";
function scoped(a = () => x) {
  var x = "inner";
  return a();
}
assert.sameValue(scoped(), "outer");
