// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A script is global code, not the body of a function
flags: [noStrict]
---*/

var declared = 1;
function called() {}
let lexical = 2;
assert.same(this, globalThis);
assert.same(Object.getOwnPropertyDescriptor(globalThis, "declared").value, 1);
assert.same(globalThis.called, called);
assert.same("lexical" in globalThis, false);
