// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Two modules that export each other's export of a name never find it
flags: [module]
negative:
  phase: resolution
  type: SyntaxError
---*/

$DONOTEVALUATE();

export { round } from "./circular_FIXTURE.js";
