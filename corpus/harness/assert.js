// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Assertions. Evaluated first; Test262Error comes from sta.js and is looked up when an assertion fails.
defines: [assert]
---*/

function assert(condition, message) {
  if (condition !== true) {
    assert._fail("expected true, got " + assert._toString(condition), message);
  }
}

assert._fail = function (what, message) {
  throw new Test262Error(message === undefined ? what : message + ": " + what);
};

// Text for people: never throws, whatever the value does when converted.
assert._toString = function (value) {
  if (value === 0 && 1 / value < 0) {
    return "-0";
  }
  switch (typeof value) {
    case "string":
      return '"' + value + '"';
    case "bigint":
      return value + "n";
    case "symbol":
      return Symbol.prototype.toString.call(value);
    default:
      try {
        return String(value);
      } catch (ignored) {
        return Object.prototype.toString.call(value);
      }
  }
};

assert._isSameValue = function (left, right) {
  return left === right
    ? left !== 0 || 1 / left === 1 / right
    : left !== left && right !== right;
};

assert.sameValue = function (actual, expected, message) {
  if (!assert._isSameValue(actual, expected)) {
    assert._fail(
      "expected " + assert._toString(expected) + ", got " + assert._toString(actual),
      message
    );
  }
};

assert.notSameValue = function (actual, unexpected, message) {
  if (assert._isSameValue(actual, unexpected)) {
    assert._fail("expected anything but " + assert._toString(unexpected), message);
  }
};

// Says what is wrong with a thrown value, or nothing if it is an instance made
// by exactly `constructor`: one of another realm is another constructor.
assert._mismatch = function (constructor, thrown) {
  var kind = typeof thrown;
  if ((kind !== "object" && kind !== "function") || thrown === null) {
    return "threw the primitive " + assert._toString(thrown);
  }
  if (thrown.constructor === constructor) {
    return undefined;
  }
  if (thrown.constructor && thrown.constructor.name === constructor.name) {
    return "threw a " + constructor.name + " of another realm";
  }
  return "threw " + assert._toString(thrown);
};

assert.throws = function (constructor, action, message) {
  if (typeof action !== "function") {
    assert._fail("assert.throws takes a constructor and a function", message);
  }
  var wrong = "nothing was thrown";
  try {
    action();
  } catch (thrown) {
    wrong = assert._mismatch(constructor, thrown);
  }
  if (wrong !== undefined) {
    assert._fail("expected a " + constructor.name + ", but " + wrong, message);
  }
};

assert._sameElements = function (left, right) {
  if (left.length !== right.length) {
    return false;
  }
  for (var i = 0; i < left.length; i += 1) {
    if (!assert._isSameValue(left[i], right[i])) {
      return false;
    }
  }
  return true;
};

assert._listing = function (list) {
  var parts = [];
  for (var i = 0; i < list.length; i += 1) {
    parts[i] = assert._toString(list[i]);
  }
  return "[" + parts.join(", ") + "]";
};

assert.compareArray = function (actual, expected, message) {
  if (actual === null || typeof actual !== "object") {
    assert._fail("expected a list, got " + assert._toString(actual), message);
  }
  if (!assert._sameElements(actual, expected)) {
    assert._fail(
      "expected " + assert._listing(expected) + ", got " + assert._listing(actual),
      message
    );
  }
};
