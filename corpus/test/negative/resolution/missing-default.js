// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Linking fails if there is no default export
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();

import anything from "./provider_FIXTURE.js";
