// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The length of an array and what setting it does
---*/

const list = [1, 2, 3];
list.length = 1;
assert.compareArray(list, [1]);
list[4294967294] = "last index";
assert.sameValue(list.length, 4294967295);
list[4294967295] = "no index";
assert.sameValue(list.length, 4294967295);
assert.throws(RangeError, () => {
  list.length = -1;
});
assert.throws(RangeError, () => new Array(1.5));
assert.throws(RangeError, () => [].length = 2 ** 32);
const frozen = Object.freeze([1]);
assert.throws(TypeError, () => frozen.push(2));
assert.sameValue(frozen.length, 1);
