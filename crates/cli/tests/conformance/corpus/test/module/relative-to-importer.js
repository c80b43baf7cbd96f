// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A fixture's specifiers are relative to the fixture
flags: [module]
---*/

import { value, outer } from './deeper/value_FIXTURE.js';
assert.same(value, 'deeper');
assert.same(outer, 'right');
