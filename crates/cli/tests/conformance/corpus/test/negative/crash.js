// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash never meets a declared error
negative:
  phase: runtime
  type: TypeError
flags: [noStrict]
---*/

$rewind.fault('segv');
