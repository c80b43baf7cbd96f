// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Linking fails if what is imported isn't exported
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();

import { missing } from "./provider_FIXTURE.js";
