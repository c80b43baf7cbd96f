// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error of strict code alone: the sloppy run has none to offer
negative:
  phase: parse
  type: SyntaxError
---*/

with ({}) {}
