// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Recursion by way of native functions runs out as well
---*/

assert.throws(RangeError, function sorting() {
  [2, 1].sort(sorting);
});
assert.throws(RangeError, function mapping() {
  [1].map(mapping);
});
const object = {
  toString() {
    return "" + object;
  },
};
assert.throws(RangeError, () => String(object));
let nested = [];
for (let i = 0; i < 200000; i += 1) {
  nested = [nested];
}
assert.throws(RangeError, () => JSON.stringify(nested));
