// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent that can block waits as long as it is told to
flags: [CanBlockIsTrue]
features: [SharedArrayBuffer, Atomics]
---*/

const view = new Int32Array(new SharedArrayBuffer(4));
assert.sameValue(Atomics.wait(view, 0, 0, 1), "timed-out");
assert.sameValue(Atomics.wait(view, 0, 1, 1), "not-equal");
