// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: continue needs the label of a loop around it
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

for (;;) {
  continue elsewhere;
}
