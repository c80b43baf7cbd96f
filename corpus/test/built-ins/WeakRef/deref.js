// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A weak reference gives its target for as long as the job lasts
features: [WeakRef, FinalizationRegistry, host-gc-required]
---*/

const target = { alive: true };
const ref = new WeakRef(target);
$262.gc();
assert.sameValue(ref.deref(), target);
assert.throws(TypeError, () => new WeakRef(1));
assert.throws(TypeError, () => WeakRef({}));

const registry = new FinalizationRegistry(() => {});
assert.sameValue(registry.register(target, "held", target), undefined);
assert.sameValue(registry.unregister(target), true);
assert.sameValue(registry.unregister(target), false);
assert.throws(TypeError, () => registry.register(target, target));
