// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: print belongs to the test's realm, which may replace and delete it
flags: [noStrict]
---*/

var said = [];
print = function (text) { said.push(text); };
print("kept");
assert.same(said.join(), "kept");
assert.same(delete globalThis.print, true);
assert.same(typeof print, "undefined");
