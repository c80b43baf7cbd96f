// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A negative test that throws nothing fails
negative:
  phase: runtime
  type: TypeError
---*/

1;
