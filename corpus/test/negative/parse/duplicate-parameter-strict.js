// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict functions don't name a parameter twice
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

function f(a, a) {}
