// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The guest heap is used up from C, and the error that follows is caught by nobody
---*/

$rewind.fault("oom");
throw new Test262Error("the fault did nothing");
