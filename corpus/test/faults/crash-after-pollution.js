// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  A crash after everything was broken: what follows sees neither
---*/

assert.sameValue([].leaked, undefined);
Array.prototype.leaked = true;
Object.freeze(Function.prototype);
assert.sameValue = null;
globalThis.leakedMemory = new Uint8Array(4 << 20).fill(1);
$rewind.fault("null");
