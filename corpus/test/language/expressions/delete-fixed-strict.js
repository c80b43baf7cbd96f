// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: In strict code, deleting a fixed property throws
flags: [onlyStrict]
---*/

assert.throws(TypeError, function () {
  delete Object.freeze({ a: 1 }).a;
});
assert.throws(TypeError, function () {
  delete [].length;
});
