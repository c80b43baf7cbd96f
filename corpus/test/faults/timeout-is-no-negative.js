// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A timeout never satisfies an expected error
flags: [noStrict]
negative:
  phase: runtime
  type: RangeError
---*/

for (;;);
