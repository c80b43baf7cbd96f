// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An instruction that does not exist
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "ill";
$rewind.fault("ill");
throw new Test262Error("the fault did nothing");
