// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The name of the type in the message is not the type
negative:
  phase: runtime
  type: RangeError
---*/

throw new Error("RangeError: RangeError");
