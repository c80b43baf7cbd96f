// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What each element type makes of numbers out of its range
features: [TypedArray]
includes: [testTypedArray.js]
---*/

function stored(Type, value) {
  return new Type([value])[0];
}
assert.sameValue(stored(Int8Array, 200), -56);
assert.sameValue(stored(Uint8Array, -1), 255);
assert.sameValue(stored(Uint8ClampedArray, 300), 255);
assert.sameValue(stored(Uint8ClampedArray, 1.5), 2);
assert.sameValue(stored(Uint8ClampedArray, 2.5), 2);
assert.sameValue(stored(Float32Array, 0.1), Math.fround(0.1));
assert.sameValue(stored(BigInt64Array, 2n ** 63n), -(2n ** 63n));
assert.throws(TypeError, () => stored(BigInt64Array, 1));

testWithTypedArrayConstructors(function (Type) {
  const array = new Type([1, 2, 3]);
  assert.sameValue(array.byteLength, 3 * Type.BYTES_PER_ELEMENT);
  assert.compareArray(array.map((x) => x * 2), [2, 4, 6]);
  assert.sameValue(array[9], undefined);
  assert.sameValue(Object.getPrototypeOf(Type), TypedArray);
});
