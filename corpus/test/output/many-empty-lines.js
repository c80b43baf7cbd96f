// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A great number of calls with nothing to say
---*/

for (let i = 0; i < 20000; i += 1) {
  print("");
}
