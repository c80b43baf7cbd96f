// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The source ends too early
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

function open() {
