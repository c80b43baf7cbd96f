// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A breakpoint with no debugger
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "trap";
$rewind.fault("trap");
throw new Test262Error("the fault did nothing");
