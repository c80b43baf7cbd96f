// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: delete removes own configurable properties, and answers true for what isn't there
esid: sec-delete-operator
---*/

const parent = { inherited: 1 };
const child = Object.create(parent, { own: { value: 2, configurable: true } });
assert.sameValue(delete child.own, true);
assert.sameValue("own" in child, false);
assert.sameValue(delete child.inherited, true);
assert.sameValue(child.inherited, 1);
assert.sameValue(delete child.missing, true);
assert.sameValue(Reflect.deleteProperty(Object.freeze({ a: 1 }), "a"), false);
