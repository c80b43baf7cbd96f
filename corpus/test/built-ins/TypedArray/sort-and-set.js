// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Numbers are sorted as numbers, and overlapping sets are safe
features: [TypedArray, stable-typedarray-sort]
includes: [testTypedArray.js]
---*/

testWithTypedArrayConstructors(function (Type) {
  assert.compareArray(new Type([10, 9, 1]).sort(), [1, 9, 10]);
});
testWithTypedArrayConstructors(function (Type) {
  assert.compareArray(new Type([0, NaN, -0, -1]).sort(), [-1, -0, 0, NaN]);
}, floatArrayConstructors);
testWithBigIntTypedArrayConstructors(function (Type) {
  assert.compareArray(new Type([3n, 1n]).toSorted(), [1n, 3n]);
});
const array = new Int8Array([1, 2, 3, 4]);
array.set(array.subarray(0, 3), 1);
assert.compareArray(array, [1, 1, 2, 3]);
