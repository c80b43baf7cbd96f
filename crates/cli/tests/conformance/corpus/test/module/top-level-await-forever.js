// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that is never done has failed
flags: [module]
features: [top-level-await]
---*/

await new Promise(function () {});
