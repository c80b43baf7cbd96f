// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A block is written to after it was freed, and then comes a crash
---*/

$rewind.fault("use-after-free");
const blocks = [];
for (let i = 0; i < 100; i += 1) {
  blocks.push(new Uint8Array(64).fill(i), { i });
}
$rewind.fault("null");
