// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A regular expression literal is checked when it is parsed
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

/(?<name>a)\k<other>/;
