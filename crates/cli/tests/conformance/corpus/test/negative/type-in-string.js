// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A string that begins with the name is no error of that type
negative:
  phase: runtime
  type: TypeError
---*/

throw 'TypeError: as text';
