// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Sloppy arguments are linked to simple parameters
flags: [noStrict]
---*/

function linked(a) {
  arguments[0] = 2;
  return a;
}
assert.sameValue(linked(1), 2);
function back(a) {
  a = 3;
  return arguments[0];
}
assert.sameValue(back(1), 3);
function unlinked(a, b = 0) {
  a = 3;
  return arguments[0];
}
assert.sameValue(unlinked(1), 1, "not with default values");
assert.sameValue(linked(), undefined, "not for what was not passed");
(function () {
  assert.sameValue(arguments.callee.name, "named");
}).name;
(function named() {
  assert.sameValue(arguments.callee, named);
})();
