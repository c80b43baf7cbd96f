// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error of an imported module is one of resolution
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();
import './unparsable_FIXTURE.js';
