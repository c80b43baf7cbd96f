// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Early errors in a function that is never called are errors of parsing
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
function never() { break; }
