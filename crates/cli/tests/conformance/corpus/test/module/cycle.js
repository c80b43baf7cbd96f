// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Modules may import each other in a circle, the test among them
flags: [module]
---*/

import { there } from './cycle_FIXTURE.js';
export function here() { return 'here'; }
assert.same(there(), 'here');
