// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Running out of memory in script, with the error passed on
flags: [noStrict]
features: [ArrayBuffer]
---*/

const hoard = [];
try {
  for (let i = 0; i < 4096; i += 1) {
    hoard.push(new ArrayBuffer(64 << 20));
  }
} catch (error) {
  globalThis.leakedHoard = hoard;
  throw error;
}
throw new Test262Error("the heap has no cap");
