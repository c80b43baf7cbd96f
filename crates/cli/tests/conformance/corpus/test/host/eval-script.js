// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: evalScript evaluates global code and gives its value
---*/

assert.same($262.evalScript("var declared = 3; declared * 2"), 6);
assert.same(globalThis.declared, 3);
assert.same($262.evalScript("(function () { return this; })()"), globalThis, "sloppy, whatever the caller is");
var caught;
try { $262.evalScript(")"); } catch (error) { caught = error; }
assert.same(caught.constructor, SyntaxError);
