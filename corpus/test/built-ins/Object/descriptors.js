// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Defining, freezing and walking properties
includes: [propertyHelper.js]
features: [Object.fromEntries, Object.hasOwn, Symbol]
---*/

const object = {};
Object.defineProperty(object, "hidden", { value: 1 });
verifyProperty(object, "hidden", { value: 1, writable: false, enumerable: false, configurable: false });
assert.throws(TypeError, () => Object.defineProperty(object, "hidden", { value: 2 }));
assert.throws(TypeError, () => Object.defineProperty({}, "x", { get() {}, value: 1 }));
assert.sameValue(Object.isFrozen(Object.freeze([1])), true);
assert.sameValue(Object.isSealed(Object.preventExtensions({ a: 1 })), false);
assert.sameValue(Object.fromEntries(new Map([["a", 1]])).a, 1);
assert.compareArray(Object.entries({ b: 1, a: 2 }).flat(), ["b", 1, "a", 2]);
assert.sameValue(Object.hasOwn({ a: 1 }, "toString"), false);
assert.sameValue(Object.is(-0, 0), false);
assert.throws(TypeError, () => Object.assign(Object.freeze({ a: 1 }), { a: 2 }));
