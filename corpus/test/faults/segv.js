// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A segmentation fault at an address that is not mapped
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "segv";
$rewind.fault("segv");
throw new Test262Error("the fault did nothing");
