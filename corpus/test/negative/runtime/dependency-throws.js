// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An imported module that throws when it is evaluated
flags: [module]
negative:
  phase: runtime
  type: EvalError
---*/

import "./throwing_FIXTURE.js";

$DONOTEVALUATE();
