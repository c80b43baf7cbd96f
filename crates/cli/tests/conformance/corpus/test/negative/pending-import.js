// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Nor is it by a module that waits for an import for ever
flags: [module]
features: [top-level-await]
negative:
  phase: runtime
  type: TypeError
---*/

import './pending_FIXTURE.js';
