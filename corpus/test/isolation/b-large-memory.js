// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of much memory, kept alive, and leaves the same
---*/

assert.sameValue("leakedMemory" in globalThis, false);

globalThis.leakedMemory = [];
for (let i = 0; i < 8; i += 1) {
  leakedMemory.push(new Uint8Array(1 << 20).fill(i));
}
for (let i = 0; i < 20000; i += 1) {
  leakedMemory.push({ i });
}
leakedMemory.push("x".repeat(1 << 20));
assert.sameValue(leakedMemory[7][12345], 7);
