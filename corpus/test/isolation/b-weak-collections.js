// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of weak references and registries to be told of, and leaves the same
features: [FinalizationRegistry, WeakRef, WeakMap, host-gc-required]
---*/

assert.sameValue("leakedRegistry" in globalThis, false);
assert.sameValue("leakedByFinalizer" in globalThis, false);

globalThis.leakedRegistry = new FinalizationRegistry(() => {
  globalThis.leakedByFinalizer = true;
});
globalThis.leakedWeak = new WeakMap();
for (let i = 0; i < 100; i += 1) {
  const key = { i };
  leakedRegistry.register(key, i);
  leakedWeak.set(key, new WeakRef(key));
}
$262.gc();
