// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict code has no octal literals of old
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

var n = 017;
