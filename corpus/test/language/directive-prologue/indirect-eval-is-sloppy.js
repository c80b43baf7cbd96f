// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Indirect eval and the Function constructor don't inherit strictness
flags: [onlyStrict]
---*/

assert.sameValue((0, eval)("(function () { return this; })()"), globalThis);
assert.sameValue(Function("return this")(), globalThis);
assert.sameValue(eval("(function () { return this; })()"), undefined);

eval("var kept = 1;");
assert.sameValue(typeof kept, "undefined", "strict eval has variables of its own");
