// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Specifiers are relative to the folder of the test
flags: [module]
---*/

import { value } from './value_FIXTURE.js';
assert.same(value, 'right');
