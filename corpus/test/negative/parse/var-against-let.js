// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A var that passes through a block with the same lexical name
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

{
  let name;
  {
    var name;
  }
}
