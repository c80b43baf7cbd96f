// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The default prototype comes from the realm of newTarget
features: [cross-realm, Reflect.construct]
---*/

const other = $262.createRealm();
const target = other.evalScript("(function () {})");
target.prototype = null;
assert.sameValue(
  Object.getPrototypeOf(Reflect.construct(Map, [], target)),
  other.global.Map.prototype
);
assert.sameValue(Object.getPrototypeOf(Reflect.construct(Array, [], target)), other.global.Array.prototype);
