// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A promised error that does not come
negative:
  phase: runtime
  type: Test262Error
---*/

var fine = 1;
