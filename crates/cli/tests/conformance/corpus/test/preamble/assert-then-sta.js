// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: assert.js comes first, then sta.js, and nothing else unasked
---*/

assert.same(loaded.join(), "assert.js,sta.js");
assert.same(typeof $DONE, "undefined");
