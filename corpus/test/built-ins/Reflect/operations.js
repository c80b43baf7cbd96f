// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Reflect answers where Object throws
features: [Reflect, Reflect.construct, Reflect.set]
---*/

const frozen = Object.freeze({ a: 1 });
assert.sameValue(Reflect.set(frozen, "a", 2), false);
assert.sameValue(Reflect.defineProperty(frozen, "b", { value: 1 }), false);
assert.sameValue(Reflect.setPrototypeOf(frozen, {}), false);
assert.throws(TypeError, () => Object.setPrototypeOf(frozen, {}));
assert.throws(TypeError, () => Reflect.ownKeys(1));

const receiver = {};
Reflect.set({ set x(value) { this.seen = value; } }, "x", 5, receiver);
assert.sameValue(receiver.seen, 5);
assert.sameValue(Reflect.apply(Math.max, null, [1, 3, 2]), 3);
assert.sameValue(Reflect.construct(Date, [0]).getTime(), 0);
assert.compareArray(Reflect.ownKeys({ b: 1, 1: 1, [Symbol.iterator]: 1, a: 1 }), ["1", "b", "a", Symbol.iterator]);
