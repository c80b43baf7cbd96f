// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: CanBlockIsFalse: the agent may not block
flags: [CanBlockIsFalse]
features: [SharedArrayBuffer, Atomics]
---*/

var view = new Int32Array(new SharedArrayBuffer(4));
var caught;
try { Atomics.wait(view, 0, 0, 1); } catch (error) { caught = error; }
assert.same(caught && caught.constructor, TypeError);
