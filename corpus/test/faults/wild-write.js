// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Four MiB of the heap are overwritten, the engine included, and it goes on as long as it can
---*/

$rewind.fault("wild");
const rubble = [];
for (let i = 0; i < 1000; i += 1) {
  rubble.push({ i, text: "text " + i });
}
$rewind.fault("null");
