// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash never satisfies an expected error
negative:
  phase: runtime
  type: TypeError
---*/

$rewind.fault("null");
