// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Unless a test says otherwise the agent may block, whatever ran before
features: [SharedArrayBuffer, Atomics]
---*/

var view = new Int32Array(new SharedArrayBuffer(4));
assert.same(Atomics.wait(view, 0, 1, 1), 'not-equal');
