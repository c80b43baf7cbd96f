// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind global properties, enumerable or not, after a look at whether that is there already
---*/

for (const name of ["leakedByAssignment", "leakedByDefinition"]) {
  assert.sameValue(name in globalThis, false, name);
}
assert.sameValue(Symbol.for("leaked") in globalThis, false);

globalThis.leakedByAssignment = 1;
Object.defineProperty(globalThis, "leakedByDefinition", { value: 1 });
globalThis[Symbol.for("leaked")] = 1;
