// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: splice changes in place and gives what it took out, slice copies
---*/

const list = [0, 1, 2, 3, 4];
assert.compareArray(list.splice(1, 2, "a", "b", "c"), [1, 2]);
assert.compareArray(list, [0, "a", "b", "c", 3, 4]);
assert.compareArray(list.splice(-2), [3, 4]);
assert.compareArray(list.splice(), []);
assert.compareArray(list.slice(-3, -1), ["a", "b"]);
assert.compareArray(list.slice(), list);
assert.notSameValue(list.slice(), list);
assert.compareArray(Array.prototype.slice.call({ length: 2, 0: "x", 1: "y" }), ["x", "y"]);
