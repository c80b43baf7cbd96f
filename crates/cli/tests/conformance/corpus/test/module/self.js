// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module may import itself, and is then the same module
flags: [module]
---*/

import * as self from './self.js';
export const value = 1;
globalThis.evaluations = (globalThis.evaluations || 0) + 1;
assert.same(self.value, 1);
assert.same(globalThis.evaluations, 1);
