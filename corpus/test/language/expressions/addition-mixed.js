// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Addition converts by ToPrimitive and joins as soon as one side is a string
esid: sec-addition-operator-plus
features: [BigInt]
---*/

assert.sameValue(1 + 2, 3);
assert.sameValue(1 + "2", "12");
assert.sameValue("1" + 2 + 3, "123");
assert.sameValue(1 + 2 + "3", "33");
assert.sameValue(null + 1, 1);
assert.sameValue(undefined + 1, NaN);
assert.sameValue([] + {}, "[object Object]");
assert.sameValue([1, 2] + [3], "1,23");
assert.sameValue(1n + 2n, 3n);
assert.sameValue(1n + "2", "12");
assert.throws(TypeError, function () {
  return 1n + 1;
});
assert.sameValue(-0 + -0, -0);
assert.sameValue(-0 + 0, 0);
