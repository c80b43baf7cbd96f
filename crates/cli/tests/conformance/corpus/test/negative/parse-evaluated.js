// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A source without the error is evaluated, and $DONOTEVALUATE tells
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
