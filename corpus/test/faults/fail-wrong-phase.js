// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right type in the wrong phase
negative:
  phase: parse
  type: SyntaxError
---*/

eval("var 1;");
