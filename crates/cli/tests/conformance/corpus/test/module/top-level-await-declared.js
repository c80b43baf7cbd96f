// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is thrown after a top-level await is thrown at runtime
flags: [module]
negative:
  phase: runtime
  type: RangeError
features: [top-level-await]
---*/

await null;
throw new RangeError();
