// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An access beyond the end of a mapped file, or the signal for it
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "bus";
$rewind.fault("bus");
throw new Test262Error("the fault did nothing");
