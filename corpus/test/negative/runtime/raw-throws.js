// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A raw test throws an error of the engine's
flags: [raw]
negative:
  phase: runtime
  type: TypeError
---*/

null.property;
