// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right error of parsing is not one of resolution
negative:
  phase: resolution
  type: SyntaxError
flags: [module]
---*/

$DONOTEVALUATE();
let = = 1;
