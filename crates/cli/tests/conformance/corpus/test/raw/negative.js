// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw and negative
flags: [raw]
negative:
  phase: parse
  type: SyntaxError
---*/

throw "this must never run";
let let;
