// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict code has no with statement
flags: [onlyStrict]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

with ({}) {
}
