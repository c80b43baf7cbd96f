// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module exports a name once
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

export let x;
export { x };
