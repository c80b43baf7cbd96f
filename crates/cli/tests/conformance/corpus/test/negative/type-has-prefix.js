// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A class whose name only begins so is another
negative:
  phase: runtime
  type: TypeError
---*/

class TypeErrorOfMine extends TypeError {}
throw new TypeErrorOfMine('derived');
