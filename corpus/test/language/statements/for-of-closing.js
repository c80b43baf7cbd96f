// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaving for-of early closes the iterator, running out does not
features: [for-of, Symbol.iterator]
---*/

function counting(limit) {
  let n = 0;
  return {
    closed: 0,
    [Symbol.iterator]() {
      return this;
    },
    next() {
      n += 1;
      return { value: n, done: n > limit };
    },
    return() {
      this.closed += 1;
      return {};
    },
  };
}

let it = counting(2);
for (const value of it) {
}
assert.sameValue(it.closed, 0);

it = counting(2);
for (const value of it) break;
assert.sameValue(it.closed, 1);

it = counting(2);
assert.throws(Test262Error, function () {
  for (const value of it) Test262Error.thrower("leave");
});
assert.sameValue(it.closed, 1);

it = counting(5);
it.return = function () {
  throw new RangeError("of the closing");
};
assert.throws(Test262Error, function () {
  for (const value of it) Test262Error.thrower("the body's error wins");
});
assert.throws(RangeError, function () {
  for (const value of it) break;
});
