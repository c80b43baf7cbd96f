// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind a changed Object.prototype, after a look at whether that is there already
---*/

for (const key in {}) {
  throw new Test262Error("an empty object has the key " + key);
}
assert.sameValue({}.leaked, undefined);
assert.sameValue(String({}), "[object Object]");
const written = {};
written.leakedAccessor = 1;
assert.sameValue(Object.hasOwn(written, "leakedAccessor"), true);

Object.prototype.leaked = 1;
Object.prototype.toString = () => "leaked";
Object.defineProperty(Object.prototype, "leakedAccessor", { set() {} });
Object.defineProperty(Object.prototype, "get", { value: () => {}, writable: true });
