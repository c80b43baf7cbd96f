// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error of an imported module is not one of the test's own parsing
flags: [module]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();
import './unparsable_FIXTURE.js';
