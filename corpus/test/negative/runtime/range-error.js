// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A length that no array has
negative:
  phase: runtime
  type: RangeError
---*/

new Array(-1);
