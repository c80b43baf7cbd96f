// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Structures are compared all the way down
includes: [deepEqual.js]
features: [Map, Set]
---*/

assert.deepEqual({ a: [1, { b: NaN }] }, { a: [1, { b: NaN }] });
assert.deepEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]]));
assert.deepEqual(new Date(5), new Date(5));
const left = { name: "cycle" };
left.self = left;
const right = { name: "cycle" };
right.self = right;
assert.deepEqual(left, right);

for (const [a, b] of [
  [{ a: 1 }, { a: 2 }],
  [{ a: 1 }, { a: 1, b: 1 }],
  [[1], { 0: 1, length: 1 }],
  [new Set([1]), new Set([2])],
  [new Date(5), new Date(6)],
  [{ a: undefined }, { b: undefined }],
  [null, {}],
]) {
  assert.throws(Test262Error, () => assert.deepEqual(a, b));
}
