// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: U+2028 and U+2029 end lines in code and none in strings
---*/

var ran = false;
// a comment   ran = true;
assert.same(ran, true);
// another   ran = false;
assert.same(ran, false);
assert.same("  ".length, 2);
assert.same(eval("' '").length, 1);
