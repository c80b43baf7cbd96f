// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A lexical binding is there, but unusable, until its declaration has run
features: [let, const, class]
---*/

let outer = "outer";
assert.throws(ReferenceError, function () {
  outer;
  let outer;
});
assert.throws(ReferenceError, function () {
  (function () {
    outer = 1;
  })();
  let outer;
});
assert.throws(ReferenceError, function () {
  class C extends C {}
});
assert.throws(ReferenceError, function () {
  (function (a = b, b) {})();
});
assert.throws(TypeError, function () {
  const fixed = 1;
  fixed = 2;
});
let undefinedLater;
assert.sameValue(undefinedLater, undefined);
