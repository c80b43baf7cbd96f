// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Reading what was never declared
negative:
  phase: runtime
  type: ReferenceError
---*/

neverDeclaredAnywhere;
