// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module exports only what it declares
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

export { missing };
