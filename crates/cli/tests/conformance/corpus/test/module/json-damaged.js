// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A JSON module that isn't JSON is an error of resolution
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
features: [json-modules]
---*/

$DONOTEVALUATE();
import data from './damaged_FIXTURE.json' with { type: 'json' };
