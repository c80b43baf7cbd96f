// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A wait that nobody ends
flags: [CanBlockIsTrue, noStrict]
features: [Atomics, SharedArrayBuffer]
---*/

Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
throw new Test262Error("the fault did nothing");
