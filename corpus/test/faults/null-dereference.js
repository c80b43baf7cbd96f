// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The engine follows a null pointer
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "null";
$rewind.fault("null");
throw new Test262Error("the fault did nothing");
