// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Includes come in the order they are listed in
includes: [second.js, first.js]
---*/

assert.same(loaded.join(), "assert.js,sta.js,second.js,first.js");
