// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults no global is left of them
---*/

for (const name of ["leakedByFault", "leakedMemory", "leakedHoard"]) {
  assert.sameValue(name in globalThis, false, name);
}
assert.sameValue([].leaked, undefined);
assert.sameValue(Object.isFrozen(Function.prototype), false);
assert.throws(Test262Error, () => assert.sameValue(1, 2));
