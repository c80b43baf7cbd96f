// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A script has no import declarations
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

import x from "./provider_FIXTURE.js";
