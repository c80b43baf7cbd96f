// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What a harness file throws is not what the test had to throw
includes: [throws.js]
negative:
  phase: runtime
  type: TypeError
---*/

1;
