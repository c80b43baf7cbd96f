// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: One scope can't declare a lexical name twice
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

let twice;
let twice;
