// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Exponentiation binds to the right, and a unary base needs parentheses
esid: sec-exp-operator
features: [exponentiation, BigInt]
---*/

assert.sameValue(2 ** 3 ** 2, 512);
assert.sameValue((2 ** 3) ** 2, 64);
assert.sameValue((-2) ** 2, 4);
assert.sameValue(2 ** -1, 0.5);
assert.sameValue(NaN ** 0, 1);
assert.sameValue(1 ** Infinity, NaN);
assert.sameValue(2n ** 100n, 1267650600228229401496703205376n);
assert.throws(RangeError, () => 2n ** -1n);
assert.throws(SyntaxError, () => Function("return -2 ** 2"));

let x = 3;
x **= 2;
assert.sameValue(x, 9);
