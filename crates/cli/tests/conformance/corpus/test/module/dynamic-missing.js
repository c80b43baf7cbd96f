// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: import() of what isn't there rejects, and fails nothing by itself
flags: [async]
---*/

import('./missing_FIXTURE.js').then(
  function () { $DONE(new Test262Error('it is there')); },
  function () { $DONE(); }
);
