// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An import of what isn't there fails the test before any of it runs
flags: [module]
---*/

import './missing_FIXTURE.js';
$DONOTEVALUATE();
