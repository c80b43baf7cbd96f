// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Sloppy assignment to an undeclared name makes a global property
flags: [noStrict]
---*/

assert.sameValue("madeByAssignment" in globalThis, false);
madeByAssignment = 1;
assert.sameValue(globalThis.madeByAssignment, 1);
Object.freeze({ a: 1 }).a = 2;
undefined = 3;
assert.sameValue(undefined, void 0);
