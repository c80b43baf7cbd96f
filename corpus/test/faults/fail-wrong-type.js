// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error of another type than promised
negative:
  phase: runtime
  type: RangeError
---*/

null.property;
