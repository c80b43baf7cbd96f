// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error of another realm is told by its name
negative:
  phase: runtime
  type: RangeError
---*/

$262.createRealm().evalScript("null.x");
