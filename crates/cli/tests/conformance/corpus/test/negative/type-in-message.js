// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A message that holds the name is no match
negative:
  phase: runtime
  type: TypeError
---*/

throw new RangeError('TypeError: TypeError');
