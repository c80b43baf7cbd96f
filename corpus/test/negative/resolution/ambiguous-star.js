// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A name that two star exports give with different bindings can't be imported
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();

import { given } from "./ambiguous_FIXTURE.js";
