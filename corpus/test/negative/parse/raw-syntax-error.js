// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Without any harness a syntax error is one just the same
flags: [raw]
negative:
  phase: parse
  type: SyntaxError
---*/

throw "this source must be rejected before any of it runs";

var 1;
