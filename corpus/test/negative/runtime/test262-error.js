// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The harness's own error
negative:
  phase: runtime
  type: Test262Error
---*/

throw new Test262Error("as expected");
