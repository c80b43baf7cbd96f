// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The directive comes before the test's own directives
negative:
  phase: parse
  type: SyntaxError
flags: [onlyStrict]
---*/

"\01";
$DONOTEVALUATE();
