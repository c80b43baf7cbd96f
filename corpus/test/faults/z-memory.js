// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults there is memory enough
features: [Uint8Array]
---*/

for (let i = 0; i < 20; i += 1) {
  const bytes = new Uint8Array(8 << 20);
  assert.sameValue(bytes[i], 0);
  bytes[i] = 1;
}
