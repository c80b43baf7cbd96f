// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that is never done has thrown nothing, so the declared error is not met
flags: [module]
features: [top-level-await]
negative:
  phase: runtime
  type: TypeError
---*/

await new Promise(function () {});
