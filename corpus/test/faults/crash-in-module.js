// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash while a module is evaluated
flags: [module]
features: [top-level-await]
---*/

const local = await Promise.resolve("null");
$rewind.fault(local);
