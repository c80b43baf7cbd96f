// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: In sloppy code, deleting a fixed property or a variable answers false
flags: [noStrict]
---*/

var fixed = 1;
assert.sameValue(delete fixed, false);
assert.sameValue(fixed, 1);
assert.sameValue(delete Object.freeze({ a: 1 }).a, false);
implicit = 2;
assert.sameValue(delete implicit, true);
assert.sameValue(typeof implicit, "undefined");
