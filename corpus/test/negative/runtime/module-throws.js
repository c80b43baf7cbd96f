// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that throws when it is evaluated
flags: [module]
negative:
  phase: runtime
  type: RangeError
---*/

export const made = 1;
throw new RangeError("as expected");
