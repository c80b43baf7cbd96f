// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A realm holds nothing of what the case before did in its own
---*/

assert.same(typeof leftover, "undefined", "global of another case");
assert.same([].polluted, undefined, "intrinsic of another case");
assert.same(loaded.length, 2, "harness of another case");
globalThis.leftover = "a";
Array.prototype.polluted = true;
loaded.push("a");
