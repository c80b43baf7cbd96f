// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A class with a longer name is another
negative:
  phase: runtime
  type: TypeError
---*/

class MyTypeError extends TypeError {}
throw new MyTypeError('derived');
