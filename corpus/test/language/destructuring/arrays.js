// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Array patterns take from iterators, with holes, defaults and rest
features: [destructuring-binding, destructuring-assignment]
---*/

const [a, , b = "default", [c] = ["nested"], ...rest] = [1, 2, undefined, undefined, 5, 6];
assert.sameValue(a, 1);
assert.sameValue(b, "default");
assert.sameValue(c, "nested");
assert.compareArray(rest, [5, 6]);

let x = 1;
let y = 2;
[x, y] = [y, x];
assert.compareArray([x, y], [2, 1]);

const target = {};
[target.p, target["q"]] = "st";
assert.sameValue(target.p + target.q, "st");
assert.throws(TypeError, () => {
  const [z] = {};
});

let closed = 0;
const endless = {
  [Symbol.iterator]: () => ({ next: () => ({ done: false }), return: () => (closed++, {}) }),
};
const [one, two] = endless;
assert.sameValue(closed, 1);
