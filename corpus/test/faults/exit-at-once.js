// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The process is told to exit without ceremony
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "_exit";
$rewind.fault("_exit");
throw new Test262Error("the fault did nothing");
