// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Names are compared as they are
negative:
  phase: runtime
  type: typeerror
---*/

null.x;
