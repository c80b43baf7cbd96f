// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Views of one buffer see each other's writes
features: [TypedArray, ArrayBuffer, Uint8Array, Uint32Array, Float64Array]
---*/

const buffer = new ArrayBuffer(16);
const bytes = new Uint8Array(buffer);
const words = new Uint32Array(buffer, 4, 2);
words[0] = 0x01020304;
assert.sameValue(bytes[4] + bytes[7], 5);
bytes.subarray(4, 8).fill(255);
assert.sameValue(words[0], 0xffffffff);
assert.sameValue(words.length, 2);
assert.throws(RangeError, () => new Uint32Array(buffer, 1));
assert.throws(RangeError, () => new Float64Array(buffer, 8, 2));
bytes.set([1, 2, 3], 0);
bytes.copyWithin(1, 0, 3);
assert.compareArray([...bytes.slice(0, 4)], [1, 1, 2, 3]);
