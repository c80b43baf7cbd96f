// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error that is printed is not thrown
negative:
  phase: runtime
  type: TypeError
---*/

print('TypeError: so they say');
print('Uncaught TypeError');
