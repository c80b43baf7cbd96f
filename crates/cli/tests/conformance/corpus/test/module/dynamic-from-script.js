// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: import() in a script is relative to the test's folder
flags: [async]
---*/

import('./value_FIXTURE.js').then(function (module) {
  assert.same(module.value, 'right');
}).then($DONE, $DONE);
