// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: return needs a function around it
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

return 1;
