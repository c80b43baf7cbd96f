// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Integers of any size
features: [BigInt]
---*/

let factorial = 1n;
for (let i = 1n; i <= 30n; i += 1n) {
  factorial *= i;
}
assert.sameValue(factorial, 265252859812191058636308480000000n);
assert.sameValue(-7n / 2n, -3n);
assert.sameValue(-7n % 2n, -1n);
assert.sameValue(-1n >> 70n, -1n);
assert.sameValue(1n << 70n, 1180591620717411303424n);
assert.sameValue(~5n, -6n);
assert.sameValue(-6n & 0xffn, 250n);
assert.throws(RangeError, () => 1n / 0n);
assert.throws(TypeError, () => +1n);
assert.throws(TypeError, () => Math.max(1n));
assert.sameValue(2n > 1, true);
assert.sameValue(1n == 1, true);
assert.sameValue(1n === 1, false);
