// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Nor is it the declared one if it is only imported at runtime
flags: [module]
features: [dynamic-import, top-level-await]
negative:
  phase: runtime
  type: ReferenceError
---*/

await import('./missing_FIXTURE.js');
