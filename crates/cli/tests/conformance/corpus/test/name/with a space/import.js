// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: So may a specifier
flags: [module]
---*/

import value from './gemäß_FIXTURE.js';
assert.same(value, 'read');
