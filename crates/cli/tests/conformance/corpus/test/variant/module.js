// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: module: once, as a module
flags: [module]
---*/

assert.same(this, undefined);
assert.same(import.meta !== undefined, true);
export {};
