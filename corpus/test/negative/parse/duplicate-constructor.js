// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A class has one constructor
features: [class]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

class C {
  constructor() {}
  constructor() {}
}
