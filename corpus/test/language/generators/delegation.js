// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: yield* hands everything on, and gives the inner return value
features: [generators]
---*/

function* inner() {
  const got = yield "a";
  return "inner got " + got;
}
function* outer() {
  const result = yield* inner();
  yield result;
  yield* [1, 2];
}
const it = outer();
assert.sameValue(it.next().value, "a");
assert.sameValue(it.next("x").value, "inner got x");
assert.compareArray([...it], [1, 2]);

let closed = false;
const iterable = {
  [Symbol.iterator]: () => ({
    next: () => ({ value: 1, done: false }),
    return: () => ((closed = true), {}),
  }),
};
for (const value of (function* () { yield* iterable; })()) break;
assert.sameValue(closed, true);
