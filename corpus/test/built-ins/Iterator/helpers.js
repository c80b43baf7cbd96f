// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Lazy helpers on iterators
features: [iterator-helpers, generators]
---*/

let pulled = 0;
function* naturals() {
  try {
    for (let n = 0; ; n += 1) {
      pulled += 1;
      yield n;
    }
  } finally {
    pulled = -pulled;
  }
}
const result = naturals().filter((n) => n % 2).map((n) => n * n).drop(1).take(3).toArray();
assert.compareArray(result, [9, 25, 49]);
assert.sameValue(pulled, -8, "no more than needed was asked for, and the end was passed down");

assert.sameValue([1, 2, 3].values().reduce((a, b) => a + b), 6);
assert.sameValue([1, 2].values().some((x) => x > 1), true);
assert.compareArray([1, 2].values().flatMap((x) => [x, x]).toArray(), [1, 1, 2, 2]);
assert.compareArray(Iterator.from({ next: () => ({ done: true }) }).toArray(), []);
assert.throws(RangeError, () => naturals().take(-1));
assert.throws(TypeError, () => new Iterator());
