// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Resizable buffers and transfers
features: [resizable-arraybuffer, arraybuffer-transfer]
---*/

const buffer = new ArrayBuffer(4, { maxByteLength: 8 });
const tracking = new Uint8Array(buffer);
const fixed = new Uint8Array(buffer, 0, 4);
buffer.resize(8);
assert.sameValue(tracking.length, 8);
assert.sameValue(fixed.length, 4);
tracking[7] = 9;
buffer.resize(2);
assert.sameValue(fixed.length, 0, "out of bounds");
assert.throws(RangeError, () => buffer.resize(9));

const moved = new Uint8Array([1, 2, 3]).buffer;
const to = moved.transfer(5);
assert.sameValue(moved.detached, true);
assert.compareArray(new Uint8Array(to), [1, 2, 3, 0, 0]);
