// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Attributes of a method and its function
includes: [propertyHelper.js, isConstructor.js]
features: [Reflect.construct]
---*/

verifyCallableProperty(Array.prototype, "map", "map", 1);
verifyCallableProperty(Array, "isArray", "isArray", 1);
verifyProperty(Array, "prototype", { writable: false, enumerable: false, configurable: false });
assert.sameValue(isConstructor(Array), true);
assert.sameValue(isConstructor(Array.of), false);
assert.sameValue("map" in Array.prototype, false, "verifyProperty removes what it checked");
