// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error that strict code alone throws
flags: [onlyStrict]
negative:
  phase: runtime
  type: ReferenceError
---*/

undeclaredInStrictCode = 1;
