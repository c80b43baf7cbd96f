// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error of evaluated text is a runtime error of the test
negative:
  phase: runtime
  type: SyntaxError
---*/

eval("var 1;");
