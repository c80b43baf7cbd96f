// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async test can have to throw
flags: [async]
negative:
  phase: runtime
  type: RangeError
---*/

throw new RangeError();
