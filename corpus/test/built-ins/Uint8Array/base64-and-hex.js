// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Bytes to text and back
features: [uint8array-base64, Uint8Array]
---*/

const bytes = new Uint8Array([0, 255, 16]);
assert.sameValue(bytes.toBase64(), "AP8Q");
assert.sameValue(bytes.toHex(), "00ff10");
assert.compareArray(Uint8Array.fromBase64("AP8Q"), bytes);
assert.compareArray(Uint8Array.fromHex("00FF10"), bytes);
assert.throws(SyntaxError, () => Uint8Array.fromHex("abc"));
