// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Scripts of a realm share its global scope
features: [cross-realm]
---*/

const other = $262.createRealm();
other.evalScript("var a = 1; let b = 2; function c() { return a + b; }");
assert.sameValue(other.evalScript("c()"), 3);
assert.sameValue(other.global.a, 1);
assert.sameValue("b" in other.global, false);
other.global.a = 5;
assert.sameValue(other.evalScript("c()"), 7);
assert.sameValue(typeof a, "undefined");
assert.sameValue(other.evalScript("this") , other.global);
