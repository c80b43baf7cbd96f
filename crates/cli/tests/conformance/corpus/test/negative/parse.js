// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The declared error at the declared time passes
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
let = = 1;
