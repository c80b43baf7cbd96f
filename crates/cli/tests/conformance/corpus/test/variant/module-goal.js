// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A script is not a module
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
export {};
