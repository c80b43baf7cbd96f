// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Recursion without end in script is an error that can be caught, and this one isn't
negative:
  phase: runtime
  type: RangeError
---*/

(function deeper() {
  return deeper() + 1;
})();
