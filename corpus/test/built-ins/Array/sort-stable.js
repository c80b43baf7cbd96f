// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Sorting is stable, puts undefined last, and compares as text unless told otherwise
features: [stable-array-sort]
---*/

assert.compareArray([10, 9, 1].sort(), [1, 10, 9]);
assert.compareArray([3, undefined, 1, , 2].sort().slice(0, 4), [1, 2, 3, undefined]);

const items = [];
for (let i = 0; i < 600; i += 1) {
  items.push({ key: (i * 7) % 5, place: i });
}
items.sort((a, b) => a.key - b.key);
for (let i = 1; i < items.length; i += 1) {
  const before = items[i - 1];
  const now = items[i];
  assert(before.key < now.key || (before.key === now.key && before.place < now.place), "at " + i);
}
assert.throws(TypeError, () => [].sort(1));
