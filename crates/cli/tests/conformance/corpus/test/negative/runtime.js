// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The declared error at runtime passes
negative:
  phase: runtime
  type: TypeError
---*/

null.x;
