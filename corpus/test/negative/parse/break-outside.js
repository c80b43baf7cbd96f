// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: break needs something to leave
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

break;
