// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An import that names no export is an error of resolution
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();
import { missing } from './value_FIXTURE.js';
