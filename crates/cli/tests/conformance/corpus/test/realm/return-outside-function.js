// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A script is not the body of a function: it can't return
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
return;
