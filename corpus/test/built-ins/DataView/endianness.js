// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Byte order and bounds
features: [DataView, BigInt]
---*/

const view = new DataView(new ArrayBuffer(16), 4);
view.setUint32(0, 0x01020304);
assert.sameValue(view.getUint8(0), 1);
assert.sameValue(view.getUint32(0, true), 0x04030201);
view.setFloat64(0, Math.PI, true);
assert.sameValue(view.getFloat64(0, true), Math.PI);
view.setBigInt64(0, -1n);
assert.sameValue(view.getBigUint64(0), 2n ** 64n - 1n);
assert.sameValue(view.byteLength, 12);
assert.throws(RangeError, () => view.getInt32(9));
assert.throws(RangeError, () => view.getInt8(-1));
assert.throws(TypeError, () => new DataView({}));
