// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Running out of memory in script can be caught, and all is well once it is let go
features: [ArrayBuffer]
---*/

let hoard = [];
let thrown;
try {
  for (let i = 0; i < 4096; i += 1) {
    hoard.push(new ArrayBuffer(64 << 20));
  }
} catch (error) {
  thrown = error;
}
hoard = null;
assert(thrown !== undefined, "the heap has a cap");
assert(thrown instanceof Error);
assert.sameValue(new ArrayBuffer(1 << 20).byteLength, 1 << 20);
