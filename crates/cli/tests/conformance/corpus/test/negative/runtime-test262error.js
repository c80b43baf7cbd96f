// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Test262Error can be declared like any other
negative:
  phase: runtime
  type: Test262Error
---*/

assert(false);
