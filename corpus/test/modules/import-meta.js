// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: import.meta is one object for each module
flags: [module]
features: [import.meta]
---*/

assert.sameValue(typeof import.meta, "object");
assert.sameValue(import.meta, import.meta);
assert.sameValue(Object.isExtensible(import.meta), true);
import.meta.own = 1;
assert.sameValue(import.meta.own, 1);
