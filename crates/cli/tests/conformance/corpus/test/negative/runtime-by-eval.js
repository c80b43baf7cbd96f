// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error in eval is thrown at runtime, as declared
negative:
  phase: runtime
  type: SyntaxError
---*/

eval('let = = 1;');
