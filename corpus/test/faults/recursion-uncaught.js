// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Recursion without end that nobody catches
negative:
  phase: runtime
  type: RangeError
---*/

(function deeper() {
  deeper();
})();
