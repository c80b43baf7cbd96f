// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module gets the harness as well, evaluated as global code
flags: [module]
includes: [first.js]
---*/

assert.same(loaded.join(), "assert.js,sta.js,first.js");
assert.same(globalThis.assert, assert);
