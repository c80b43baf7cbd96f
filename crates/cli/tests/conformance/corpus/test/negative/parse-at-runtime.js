// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right error at runtime is not one of parsing
negative:
  phase: parse
  type: SyntaxError
---*/

throw new SyntaxError('too late');
