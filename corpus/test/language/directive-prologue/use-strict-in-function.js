// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A directive counts only in the prologue, unescaped and unparenthesised
flags: [noStrict]
---*/

function isStrict() {
  "other directive";
  "use strict";
  return (function () {
    return this === undefined;
  })();
}
function late() {
  var before;
  "use strict";
  return this === undefined;
}
function escaped() {
  "use\u0020strict";
  return this === undefined;
}
function wrapped() {
  ("use strict");
  return this === undefined;
}
assert.sameValue(isStrict(), true);
assert.sameValue(late(), false);
assert.sameValue(escaped(), false);
assert.sameValue(wrapped(), false);
assert.throws(SyntaxError, function () {
  Function("a = 1", '"use strict";');
});
