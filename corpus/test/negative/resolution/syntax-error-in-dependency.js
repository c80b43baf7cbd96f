// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error in an imported module is met while the graph is resolved
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();

import "./unparsable_FIXTURE.js";
