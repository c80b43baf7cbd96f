// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: |
  Checks a property's descriptor against what it does when written, enumerated
  and deleted. Afterwards the property is gone, unless `options.restore` is set.
defines: [verifyProperty, verifyCallableProperty, verifyWritable, verifyNotWritable, verifyEnumerable, verifyNotEnumerable, verifyConfigurable, verifyNotConfigurable]
---*/

// Taken now: a test may replace the originals before it calls us.
var __describe = Object.getOwnPropertyDescriptor;
var __define = Object.defineProperty;
var __isArray = Array.isArray;
var __own = Function.prototype.call.bind(Object.prototype.hasOwnProperty);
var __enumerable = Function.prototype.call.bind(Object.prototype.propertyIsEnumerable);
var __attributes = ["value", "writable", "get", "set", "enumerable", "configurable"];

function __label(name) {
  return "property " + assert._toString(name);
}

function __canWrite(object, name) {
  var before = object[name];
  var other = assert._isSameValue(before, "unlikely value") ? "another value" : "unlikely value";
  if (__isArray(object) && name === "length") {
    other = before === 7 ? 8 : 7;
  }
  try {
    object[name] = other;
  } catch (refusal) {
    if (!(refusal instanceof TypeError)) {
      throw refusal;
    }
  }
  var written = assert._isSameValue(object[name], other);
  if (written) {
    object[name] = before;
  }
  return written;
}

function __isListed(object, name) {
  if (typeof name === "symbol") {
    return __enumerable(object, name);
  }
  for (var key in object) {
    if (key === String(name)) {
      return __enumerable(object, name);
    }
  }
  return false;
}

function __canDelete(object, name) {
  try {
    delete object[name];
  } catch (refusal) {
    if (!(refusal instanceof TypeError)) {
      throw refusal;
    }
  }
  return !__own(object, name);
}

function verifyProperty(object, name, expected, options) {
  var found = __describe(object, name);
  if (expected === undefined) {
    assert.sameValue(found, undefined, __label(name) + " must not exist");
    return true;
  }
  assert(__own(object, name), __label(name) + " must be an own property");
  for (var i = 0; i < __attributes.length; i += 1) {
    var attribute = __attributes[i];
    if (__own(expected, attribute)) {
      assert.sameValue(found[attribute], expected[attribute], __label(name) + ", " + attribute);
    }
  }
  if (__own(expected, "writable")) {
    assert.sameValue(__canWrite(object, name), expected.writable, __label(name) + ", written to");
  }
  if (__own(expected, "enumerable")) {
    assert.sameValue(__isListed(object, name), expected.enumerable, __label(name) + ", enumerated");
  }
  if (__own(expected, "configurable")) {
    assert.sameValue(__canDelete(object, name), expected.configurable, __label(name) + ", deleted");
    if (options && options.restore && expected.configurable) {
      __define(object, name, found);
    }
  }
  return true;
}

function verifyCallableProperty(object, name, functionName, functionLength, expected, options) {
  var callee = object[name];
  assert.sameValue(typeof callee, "function", __label(name) + " must be callable");
  var called = functionName === undefined ? name : functionName;
  verifyProperty(callee, "name", { value: called, writable: false, enumerable: false, configurable: true }, { restore: true });
  verifyProperty(callee, "length", { value: functionLength, writable: false, enumerable: false, configurable: true }, { restore: true });
  return verifyProperty(
    object,
    name,
    expected || { value: callee, writable: true, enumerable: false, configurable: true },
    options
  );
}

function verifyPrimordialProperty(object, name, expected) {
  return verifyProperty(object, name, expected, { restore: true });
}

function verifyWritable(object, name) {
  assert(__describe(object, name).writable, __label(name) + ", writable");
  assert(__canWrite(object, name), __label(name) + ", written to");
}

function verifyNotWritable(object, name) {
  assert.sameValue(__describe(object, name).writable, false, __label(name) + ", writable");
  assert.sameValue(__canWrite(object, name), false, __label(name) + ", written to");
}

function verifyEnumerable(object, name) {
  assert(__isListed(object, name), __label(name) + ", enumerated");
}

function verifyNotEnumerable(object, name) {
  assert.sameValue(__isListed(object, name), false, __label(name) + ", enumerated");
}

function verifyConfigurable(object, name) {
  assert(__describe(object, name).configurable, __label(name) + ", configurable");
  assert(__canDelete(object, name), __label(name) + ", deleted");
}

function verifyNotConfigurable(object, name) {
  assert.sameValue(__describe(object, name).configurable, false, __label(name) + ", configurable");
  assert.sameValue(__canDelete(object, name), false, __label(name) + ", deleted");
}
