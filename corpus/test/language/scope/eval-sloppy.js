// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Direct sloppy eval declares variables in the function around it
flags: [noStrict]
---*/

function f() {
  eval("var made = 1; let own = 2;");
  return typeof made + " " + typeof own;
}
assert.sameValue(f(), "number undefined");
assert.sameValue(typeof made, "undefined");

var x = "global";
function g() {
  var x = "local";
  return eval("x") + " " + (0, eval)("x");
}
assert.sameValue(g(), "local global");
(0, eval)("var deletable = 1");
assert.sameValue(delete globalThis.deletable, true);
