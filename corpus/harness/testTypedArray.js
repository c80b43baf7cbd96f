// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The typed array constructors, and a walk over them.
defines: [TypedArray, floatArrayConstructors, typedArrayConstructors, testWithTypedArrayConstructors, testWithBigIntTypedArrayConstructors]
features: [TypedArray]
---*/

var TypedArray = Object.getPrototypeOf(Int8Array);

var floatArrayConstructors = [Float64Array, Float32Array];

var typedArrayConstructors = floatArrayConstructors.concat([
  Int32Array,
  Int16Array,
  Int8Array,
  Uint32Array,
  Uint16Array,
  Uint8Array,
  Uint8ClampedArray,
]);

function __walk(constructors, action) {
  constructors.forEach(function (constructor) {
    try {
      action(constructor);
    } catch (thrown) {
      if (thrown instanceof Test262Error) {
        thrown.message = constructor.name + ": " + thrown.message;
      }
      throw thrown;
    }
  });
}

function testWithTypedArrayConstructors(action, selected) {
  __walk(selected || typedArrayConstructors, action);
}

function testWithBigIntTypedArrayConstructors(action) {
  __walk([BigInt64Array, BigUint64Array], action);
}
