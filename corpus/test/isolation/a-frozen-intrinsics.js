// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind frozen intrinsics, after a look at whether that is there already
---*/

for (const intrinsic of [Object, Object.prototype, Array, Array.prototype, Function.prototype, Math, JSON, globalThis]) {
  assert.sameValue(Object.isFrozen(intrinsic), false);
  assert.sameValue(Object.isExtensible(intrinsic), true);
}

for (const intrinsic of [Object, Object.prototype, Array, Array.prototype, Function.prototype, Math, JSON]) {
  Object.freeze(intrinsic);
}
Object.preventExtensions(globalThis);
