// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  Line endings are kept as they are in the file, which has two characters
  at the end of each line
---*/

assert.sameValue(`
`, "\n", "a template normalises them");
assert.sameValue((function () {
  return 1;
}).toString(), "function () {\r\n  return 1;\r\n}");
