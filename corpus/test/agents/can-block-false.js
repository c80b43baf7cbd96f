// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent that can't block throws instead of waiting
flags: [CanBlockIsFalse]
features: [SharedArrayBuffer, Atomics]
---*/

const view = new Int32Array(new SharedArrayBuffer(4));
assert.throws(TypeError, () => Atomics.wait(view, 0, 0, 0));
assert.sameValue(Atomics.notify(view, 0), 0);
