// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of registered symbols and interned names, and leaves the same
features: [Symbol]
---*/

assert.sameValue(Symbol.keyFor(Symbol.iterator), undefined);
assert.sameValue(Object.hasOwn(Symbol, "leaked"), false);
assert.sameValue(Symbol.for("leaked 1") in Array.prototype, false);

Symbol.leaked = Symbol.for("leaked 1");
Array.prototype[Symbol.for("leaked 1")] = true;
const names = {};
for (let i = 0; i < 5000; i += 1) {
  names["leaked name " + i] = Symbol.for("leaked " + i);
}
globalThis.leakedNames = names;
