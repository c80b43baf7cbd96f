// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The left side of an assignment must be a place
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

1 = 2;
