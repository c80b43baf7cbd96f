// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A detached buffer is empty for every view
features: [ArrayBuffer, TypedArray, DataView]
includes: [detachArrayBuffer.js]
---*/

const buffer = new ArrayBuffer(8);
const bytes = new Uint8Array(buffer);
const view = new DataView(buffer);
bytes[0] = 1;
$DETACHBUFFER(buffer);
assert.sameValue(buffer.byteLength, 0);
assert.sameValue(buffer.detached, true);
assert.sameValue(bytes.length, 0);
assert.sameValue(bytes[0], undefined);
assert.throws(TypeError, () => bytes.fill(0));
assert.throws(TypeError, () => view.getInt8(0));
assert.throws(TypeError, () => buffer.slice());
