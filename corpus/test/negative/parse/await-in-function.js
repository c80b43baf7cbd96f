// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: await is an operator in async functions only
features: [async-functions]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

function f() {
  await 1;
}
