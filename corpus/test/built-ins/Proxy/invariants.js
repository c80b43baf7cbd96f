// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A proxy may not lie about what is fixed in its target
features: [Proxy, Reflect]
---*/

const target = Object.freeze({ fixed: 1 });
const liar = new Proxy(target, {
  get: () => 2,
  has: () => false,
  ownKeys: () => [],
  getPrototypeOf: () => Array.prototype,
  deleteProperty: () => true,
  isExtensible: () => true,
});
assert.throws(TypeError, () => liar.fixed);
assert.throws(TypeError, () => "fixed" in liar);
assert.throws(TypeError, () => Reflect.ownKeys(liar));
assert.throws(TypeError, () => Object.getPrototypeOf(liar));
assert.throws(TypeError, () => delete liar.fixed);
assert.throws(TypeError, () => Object.isExtensible(liar));

const { proxy, revoke } = Proxy.revocable({}, {});
revoke();
assert.throws(TypeError, () => proxy.x);
assert.throws(TypeError, () => Array.isArray(proxy));
