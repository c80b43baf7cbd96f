// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: lastIndex moves with g and y, and matchAll works on a copy
features: [String.prototype.matchAll]
---*/

const global = /a/g;
assert.sameValue(global.test("ba"), true);
assert.sameValue(global.lastIndex, 2);
assert.sameValue(global.test("ba"), false);
assert.sameValue(global.lastIndex, 0);

const sticky = /a/y;
assert.sameValue(sticky.test("ba"), false);
sticky.lastIndex = 1;
assert.sameValue(sticky.test("ba"), true);

assert.compareArray([..."a1b2".matchAll(/\d/g)].map((m) => m.index), [1, 3]);
assert.compareArray("a,b;c".split(/[,;]/), ["a", "b", "c"]);
assert.sameValue("aaa".replace(/a/g, (m, at) => at), "012");
assert.throws(TypeError, () => "a".matchAll(/a/));
assert.sameValue(/a/gimsuy.flags, "gimsuy");
