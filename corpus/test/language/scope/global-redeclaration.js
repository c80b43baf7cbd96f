// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A later script can't redeclare a lexical name, nor shadow a fixed property with one
features: [let]
---*/

let lexical = 1;
var variable = 2;
assert.throws(SyntaxError, () => $262.evalScript("var lexical;"));
assert.throws(SyntaxError, () => $262.evalScript("let lexical;"));
assert.throws(SyntaxError, () => $262.evalScript("let variable;"));
assert.throws(SyntaxError, () => $262.evalScript("let undefined;"));
$262.evalScript("let Array = 3; var variable; var made = Array;");
assert.sameValue(made, 3, "a configurable property may be shadowed");
assert.sameValue(variable, 2);
