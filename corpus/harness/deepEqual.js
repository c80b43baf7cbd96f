// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Structural equality of primitives, plain objects, arrays, dates, maps and sets; cycles are allowed.
defines: [assert.deepEqual]
---*/

assert._deeplyEqual = function (left, right, seen) {
  if (assert._isSameValue(left, right)) {
    return true;
  }
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) {
    return false;
  }
  // A pair that is being compared already counts as equal: that ends cycles.
  if (seen.has(left)) {
    return seen.get(left) === right;
  }
  seen.set(left, right);
  if (left instanceof Date) {
    return assert._isSameValue(left.getTime(), right.getTime());
  }
  if (left instanceof Map || left instanceof Set) {
    return assert._deeplyEqual(Array.from(left), Array.from(right), seen);
  }
  var keys = Reflect.ownKeys(left);
  if (keys.length !== Reflect.ownKeys(right).length) {
    return false;
  }
  return keys.every(function (key) {
    return Object.hasOwn(right, key) && assert._deeplyEqual(left[key], right[key], seen);
  });
};

assert.deepEqual = function (actual, expected, message) {
  if (!assert._deeplyEqual(actual, expected, new Map())) {
    assert._fail(
      "expected " + assert.deepEqual.format(expected) + ", got " + assert.deepEqual.format(actual),
      message
    );
  }
};

assert.deepEqual.format = function (value) {
  try {
    return JSON.stringify(value) || assert._toString(value);
  } catch (cyclic) {
    return assert._toString(value);
  }
};
