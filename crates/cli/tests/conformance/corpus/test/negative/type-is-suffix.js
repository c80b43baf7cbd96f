// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: TypeError is not Error, though its name ends so
negative:
  phase: runtime
  type: Error
---*/

throw new TypeError('not an Error');
