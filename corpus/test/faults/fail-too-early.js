// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error where an error at run time was promised
negative:
  phase: runtime
  type: SyntaxError
---*/

var 1;
