// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A directive makes the whole function strict, what stands before it in the prologue too
flags: [noStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

function f() {
  "\07";
  "use strict";
}
