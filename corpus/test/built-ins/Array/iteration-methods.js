// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Callback methods skip holes, and see the length from before they began
esid: sec-properties-of-the-array-prototype-object
---*/

const visited = [];
[1, , 3].forEach((value, index, array) => {
  visited.push(index);
  array.push("later");
});
assert.compareArray(visited, [0, 2]);
assert.sameValue(1 in [1, , 3].map((x) => x), false);
assert.sameValue([1, 2, 3, 4].reduce((a, b) => a * b), 24);
assert.sameValue([1, 2, 3].reduceRight((a, b) => a + "-" + b), "3-2-1");
assert.throws(TypeError, () => [].reduce(() => {}));
assert.sameValue([].every(() => false), true);
assert.sameValue([].some(() => true), false);
assert.compareArray([5, , 7].filter(() => true), [5, 7]);
assert.throws(TypeError, () => [1].map(null));
