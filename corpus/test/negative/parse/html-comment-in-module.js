// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Modules have no comments in the style of HTML
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

<!-- comment
