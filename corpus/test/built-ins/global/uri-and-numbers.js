// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Functions of the global object
features: [globalThis]
includes: [propertyHelper.js, fnGlobalObject.js]
---*/

assert.sameValue(encodeURIComponent("a/é😀"), "a%2F%C3%A9%F0%9F%98%80");
assert.sameValue(decodeURI("%41%2f"), "A%2f");
assert.throws(URIError, () => decodeURIComponent("%"));
assert.throws(URIError, () => encodeURI("\ud800"));
assert.sameValue(isNaN("x"), true);
assert.sameValue(fnGlobalObject(), globalThis);
verifyProperty(globalThis, "undefined", { value: undefined, writable: false, enumerable: false, configurable: false });
verifyProperty(globalThis, "globalThis", { writable: true, enumerable: false, configurable: true });
