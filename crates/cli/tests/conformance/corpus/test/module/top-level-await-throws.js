// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is thrown after a top-level await fails the test
flags: [module]
features: [top-level-await]
---*/

await null;
throw new Test262Error('after an await');
