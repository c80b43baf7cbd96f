// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A file that was evaluated is not evaluated again
includes: [first.js, assert.js, first.js]
---*/

assert.same(loaded.join(), "assert.js,sta.js,first.js");
