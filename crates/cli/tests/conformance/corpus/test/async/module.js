// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module can be async
flags: [async, module]
---*/

await null;
$DONE();
export {};
