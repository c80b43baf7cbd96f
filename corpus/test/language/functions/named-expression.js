// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The name of a function expression is bound inside alone, and can't be changed there
flags: [noStrict]
---*/

const f = function inner() {
  inner = 1;
  return inner;
};
assert.sameValue(f(), f);
assert.sameValue(typeof inner, "undefined");
assert.throws(TypeError, function () {
  (function strict() {
    "use strict";
    strict = 1;
  })();
});
