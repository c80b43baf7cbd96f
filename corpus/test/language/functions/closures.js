// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Closures share what they close over, and each call has its own
---*/

function counter() {
  let n = 0;
  return { up: () => (n += 1), read: () => n };
}
const one = counter();
const two = counter();
one.up();
one.up();
two.up();
assert.sameValue(one.read(), 2);
assert.sameValue(two.read(), 1);

const fs = [];
for (const x of [1, 2, 3]) {
  fs.push(() => x);
}
assert.compareArray(fs.map((f) => f()), [1, 2, 3]);
