// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An endless loop in C, where no script ever looks at a timer
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "hang";
$rewind.fault("hang");
throw new Test262Error("the fault did nothing");
