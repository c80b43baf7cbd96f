// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Calling what is no function
negative:
  phase: runtime
  type: TypeError
---*/

var nothing;
nothing();
