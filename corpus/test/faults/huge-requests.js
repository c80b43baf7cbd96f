// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is too large for any heap is refused without being tried
---*/

assert.throws(RangeError, () => "x".repeat(2 ** 31));
assert.throws(RangeError, () => new ArrayBuffer(2 ** 53));
assert.throws(RangeError, () => new Array(2 ** 32));
let thrown = 0;
for (const attempt of [() => new Uint8Array(2 ** 40), () => "x".padEnd(2 ** 40)]) {
  try {
    attempt();
  } catch (error) {
    thrown += 1;
  }
}
assert.sameValue(thrown, 2);
