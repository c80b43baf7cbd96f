// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An optional chain ends as a whole at the first nullish base
esid: sec-optional-chains
features: [optional-chaining]
---*/

let touched = 0;
const nothing = null;
assert.sameValue(nothing?.a.b.c[(touched += 1)], undefined);
assert.sameValue(touched, 0, "the rest of the chain is not evaluated");
assert.sameValue(nothing?.(), undefined);
assert.sameValue(nothing?.[0], undefined);
assert.throws(TypeError, () => (nothing?.a).b, "parentheses end the chain");

const object = {
  value: 5,
  method() {
    return this.value;
  },
};
assert.sameValue(object?.method(), 5);
assert.sameValue(object.method?.(), 5, "the receiver is kept");
assert.sameValue((object?.method)(), 5, "the receiver is kept by parentheses");
assert.sameValue(delete nothing?.a, true);
