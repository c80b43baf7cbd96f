// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Each iteration of a for loop has its own copy of a let binding
features: [let]
---*/

const closures = [];
for (let i = 0; i < 3; closures.push(() => i), i += 1) {
  closures.push(() => i);
}
assert.compareArray(
  closures.map((f) => f()),
  [0, 1, 1, 2, 2, 3]
);

var shared = [];
for (var v = 0; v < 3; v += 1) {
  shared.push(() => v);
}
assert.compareArray(
  shared.map((f) => f()),
  [3, 3, 3]
);
