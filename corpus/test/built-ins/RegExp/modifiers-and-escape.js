// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Modifiers within a pattern, RegExp.escape, and duplicate group names
features: [regexp-modifiers, RegExp.escape, regexp-duplicate-named-groups]
---*/

assert.sameValue(/^a(?i:b)c$/.test("aBc"), true);
assert.sameValue(/^a(?i:b)c$/.test("aBC"), false);
assert.sameValue(/(?-i:a)b/i.test("aB"), true);
assert.sameValue(new RegExp("^" + RegExp.escape("a.b*[c]") + "$").test("a.b*[c]"), true);
assert.throws(TypeError, () => RegExp.escape(1));
const either = /(?<x>a)|(?<x>b)/.exec("b");
assert.sameValue(either.groups.x, "b");
