// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Endless generators are fine as long as nobody asks for all of it
features: [generators, destructuring-binding]
---*/

function* naturals() {
  for (let n = 0; ; n += 1) yield n;
}
function* primes() {
  const found = [];
  for (const n of naturals()) {
    if (n > 1 && found.every((p) => n % p !== 0)) {
      found.push(n);
      yield n;
    }
  }
}
function take(n, iterable) {
  const out = [];
  for (const value of iterable) {
    if (out.push(value) === n) break;
  }
  return out;
}
assert.compareArray(take(8, primes()), [2, 3, 5, 7, 11, 13, 17, 19]);
const [zero, , two] = naturals();
assert.sameValue(zero + two, 2);
