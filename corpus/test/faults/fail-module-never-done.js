// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that waits for ever
flags: [module, async]
features: [top-level-await]
---*/

await new Promise(() => {});
