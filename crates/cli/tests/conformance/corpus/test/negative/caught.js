// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error that is caught is not thrown
negative:
  phase: runtime
  type: TypeError
---*/

try { null.x; } catch (expected) {}
