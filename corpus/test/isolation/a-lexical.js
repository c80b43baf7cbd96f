// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind global lexical declarations, which nothing can delete, after a look at whether that is there already
---*/

// Redeclaring any of these would be a SyntaxError.
let leakedLet = 1;
const leakedConst = 2;
class LeakedClass {}
assert.sameValue("leakedByEval" in globalThis, false);

$262.evalScript("let leakedFromScript = leakedLet + leakedConst; var leakedByEval;");
assert.sameValue(leakedFromScript, 3);
