// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  A block is freed twice, and nothing more is done: the guest heap notices, and the test ends by SIGABRT
---*/

$rewind.fault("double-free");
