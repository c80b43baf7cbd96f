// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An integer division by zero
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "fpe";
$rewind.fault("fpe");
throw new Test262Error("the fault did nothing");
