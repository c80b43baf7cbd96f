// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: evalScript's lexical declarations last, and can't be made twice
---*/

$262.evalScript("let once = 1;");
assert.same($262.evalScript("once"), 1);
var caught;
try { $262.evalScript("let once = 2;"); } catch (error) { caught = error; }
assert.same(caught.constructor, SyntaxError);
