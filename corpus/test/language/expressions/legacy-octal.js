// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Octal literals and escapes of old, in sloppy code only
flags: [noStrict]
---*/

assert.sameValue(017, 15);
assert.sameValue(019, 19);
assert.sameValue("\101", "A");
assert.sameValue("\8", "8");
assert.throws(SyntaxError, function () {
  Function('"use strict"; return 017;');
});
