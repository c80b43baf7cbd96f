// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right error of parsing is not one of runtime
negative:
  phase: runtime
  type: SyntaxError
---*/

let = = 1;
