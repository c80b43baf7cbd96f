// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: createRealm gives the $262 of a realm with intrinsics of its own
---*/

var other = $262.createRealm();
assert(other.global !== globalThis);
assert(other.global.Array !== Array);
assert.same(other.evalScript("this"), other.global);
assert.same(typeof other.createRealm, "function");
assert.same(typeof other.global.assert, "undefined", "no harness there");
assert.same(typeof other.global.print, "function");
assert.same(other.global.$262, other);
