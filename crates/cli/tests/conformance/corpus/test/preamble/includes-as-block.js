// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A list of includes may be written as a block
includes:
  - first.js
  - second.js
---*/

assert.same(loaded.join(), "assert.js,sta.js,first.js,second.js");
