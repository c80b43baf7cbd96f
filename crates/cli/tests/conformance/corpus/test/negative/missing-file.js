// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A file that isn't there is the runner's error, not the declared one
flags: [module]
negative:
  phase: resolution
  type: ReferenceError
---*/

import './missing_FIXTURE.js';
