// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of globals turned into accessors that throw, and leaves the same
---*/

assert.sameValue(typeof Object.getOwnPropertyDescriptor(globalThis, "Array").value, "function");
assert.sameValue(typeof Object.getOwnPropertyDescriptor(Array.prototype, "push").value, "function");
assert.compareArray(Array.of(1), [1]);

for (const [object, name] of [[globalThis, "Array"], [Array.prototype, "push"], [Object, "keys"], [Promise.prototype, "then"]]) {
  Object.defineProperty(object, name, {
    get() {
      throw new RangeError("leaked");
    },
  });
}
