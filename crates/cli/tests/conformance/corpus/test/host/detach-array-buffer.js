// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: detachArrayBuffer detaches
---*/

var buffer = new ArrayBuffer(8);
$262.detachArrayBuffer(buffer);
assert.same(buffer.byteLength, 0);
assert.same(buffer.detached, true);
