// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Early errors are errors of parsing
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
let twice;
let twice;
