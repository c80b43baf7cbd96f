// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The C library is told to abort
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "abort";
$rewind.fault("abort");
throw new Test262Error("the fault did nothing");
