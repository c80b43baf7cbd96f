// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: import() in a module gives the module that import gives
flags: [async, module]
---*/

import * as fixed from './value_FIXTURE.js';
import('./value_FIXTURE.js').then(module => assert.same(module, fixed)).then($DONE, $DONE);
