// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module is evaluated anew for each case
flags: [module]
---*/

import { count, increase } from './value_FIXTURE.js';
assert.same(count, 0);
assert.same(increase(), 1);
assert.same(count, 1);
