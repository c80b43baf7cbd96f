// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: flat, flatMap, from, of and fill
features: [Array.prototype.flat, Array.prototype.flatMap, Symbol.iterator]
---*/

assert.compareArray([1, [2, [3, [4]]]].flat(Infinity), [1, 2, 3, 4]);
assert.compareArray([1, 2].flatMap((x) => [x, [x]]).filter((x) => typeof x === "number"), [1, 2]);
assert.compareArray(Array.from({ length: 3 }, (_, i) => i * i), [0, 1, 4]);
assert.compareArray(Array.from(new Map([["a", 1]]).keys()), ["a"]);
assert.compareArray(Array.of(7), [7]);
assert.compareArray([1, 2, 3, 4].fill(0, 1, -1), [1, 0, 0, 4]);
assert.compareArray([1, 2, 3, 4, 5].copyWithin(0, 3), [4, 5, 3, 4, 5]);
