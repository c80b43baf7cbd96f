// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict arguments are a list of their own
flags: [onlyStrict]
---*/

function unlinked(a) {
  arguments[0] = 2;
  return a;
}
assert.sameValue(unlinked(1), 1);
assert.throws(TypeError, function () {
  return arguments.callee;
});
