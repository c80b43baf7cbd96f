// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A rejection that nobody handles is not thrown
negative:
  phase: runtime
  type: TypeError
---*/

Promise.resolve().then(function () { null.x; });
