// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Atomic reads, writes and exchanges
features: [Atomics, SharedArrayBuffer, TypedArray]
---*/

const view = new Int32Array(new SharedArrayBuffer(8));
assert.sameValue(Atomics.store(view, 0, 5), 5);
assert.sameValue(Atomics.add(view, 0, 2), 5);
assert.sameValue(Atomics.exchange(view, 0, 9), 7);
assert.sameValue(Atomics.compareExchange(view, 0, 9, 1), 9);
assert.sameValue(Atomics.compareExchange(view, 0, 9, 2), 1);
assert.sameValue(Atomics.load(view, 0), 1);
assert.sameValue(Atomics.or(view, 1, 6), 0);
assert.sameValue(Atomics.and(view, 1, 3), 6);
assert.sameValue(Atomics.xor(view, 1, 1), 2);
assert.sameValue(Atomics.notify(view, 0, 1), 0);
assert.throws(RangeError, () => Atomics.load(view, 2));
assert.throws(TypeError, () => Atomics.load(new Float64Array(1), 0));
