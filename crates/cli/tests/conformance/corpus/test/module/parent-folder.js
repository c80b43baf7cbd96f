// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Specifiers may lead up
flags: [module]
---*/

import { value } from '../value_FIXTURE.js';
assert.same(value, 'that of another folder');
