// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Top-level await is waited for before the verdict
flags: [module]
features: [top-level-await]
---*/

const value = await Promise.resolve(4);
assert.same(value, 4);
await null;
assert.same(globalThis.loaded.length, 2);
