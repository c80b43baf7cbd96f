// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  A crash while a lock of the C library is held: whoever allocates next must not wait for it
---*/

assert.sameValue("leakedByFault" in globalThis, false);
globalThis.leakedByFault = "malloc-lock";
$rewind.fault("malloc-lock");
throw new Test262Error("the fault did nothing");
