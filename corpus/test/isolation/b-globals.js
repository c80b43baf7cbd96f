// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of global properties, enumerable or not, and leaves the same
---*/

for (const name of ["leakedByAssignment", "leakedByDefinition"]) {
  assert.sameValue(name in globalThis, false, name);
}
assert.sameValue(Symbol.for("leaked") in globalThis, false);

globalThis.leakedByAssignment = 1;
Object.defineProperty(globalThis, "leakedByDefinition", { value: 1 });
globalThis[Symbol.for("leaked")] = 1;
