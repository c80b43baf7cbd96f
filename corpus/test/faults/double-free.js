// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  A block is freed twice, and nothing more is done: whether that is noticed is the allocator's affair
---*/

$rewind.fault("double-free");
