// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that throws after having waited
flags: [module]
features: [top-level-await]
negative:
  phase: runtime
  type: TypeError
---*/

await Promise.resolve();
await null;
null.property;
