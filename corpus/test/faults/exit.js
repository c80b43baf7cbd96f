// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The process is told to exit, handlers and all
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "exit";
$rewind.fault("exit");
throw new Test262Error("the fault did nothing");
