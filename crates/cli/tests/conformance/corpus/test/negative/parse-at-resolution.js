// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right error of resolution is not one of parsing
negative:
  phase: parse
  type: SyntaxError
flags: [module]
---*/

$DONOTEVALUATE();
import { missing } from '../module/value_FIXTURE.js';
