// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Looks at everything that can be reached from the global object, then breaks much of it
includes: [pristine.js]
---*/

verifyPristine();

const { ownKeys, deleteProperty } = Reflect;
for (const object of [Array.prototype, Object.prototype, Function.prototype, String.prototype, Math, JSON, Reflect]) {
  object.leaked = object;
  const keys = ownKeys(object);
  for (let i = 0; i < 5; i += 1) {
    deleteProperty(object, keys[i]);
  }
}
globalThis.leakedFromFingerprint = true;
