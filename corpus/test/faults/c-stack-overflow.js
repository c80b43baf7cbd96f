// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Recursion in C down to the guard page
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "stack";
$rewind.fault("stack");
throw new Test262Error("the fault did nothing");
