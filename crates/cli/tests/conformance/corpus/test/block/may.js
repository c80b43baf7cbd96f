// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: CanBlockIsTrue: the agent may block
flags: [CanBlockIsTrue]
features: [SharedArrayBuffer, Atomics]
---*/

var view = new Int32Array(new SharedArrayBuffer(4));
assert.same(Atomics.wait(view, 0, 0, 1), 'timed-out');
