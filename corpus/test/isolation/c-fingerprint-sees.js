// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The fingerprint does see a change, or the tests that use it would prove nothing
includes: [pristine.js]
---*/

verifyPristine();

const breaks = (change, undo) => {
  change();
  assert.throws(Test262Error, verifyPristine);
  undo();
};
breaks(() => (Array.prototype.x = 1), () => delete Array.prototype.x);
breaks(() => (globalThis.x = 1), () => delete globalThis.x);
const { map } = Array.prototype;
breaks(() => (Array.prototype.map = 1), () => (Array.prototype.map = map));
breaks(
  () => Object.defineProperty(Math, "max", { enumerable: true }),
  () => Object.defineProperty(Math, "max", { enumerable: false })
);
verifyPristine();
Object.preventExtensions(JSON);
assert.throws(Test262Error, verifyPristine);
