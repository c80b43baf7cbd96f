// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Numbers as text in every form
---*/

assert.sameValue(String(0.1 + 0.2), "0.30000000000000004");
assert.sameValue(String(1e21), "1e+21");
assert.sameValue(String(123456789012345680000), "123456789012345680000");
assert.sameValue(String(5e-324), "5e-324");
assert.sameValue(String(-0), "0");
assert.sameValue((255).toString(16), "ff");
assert.sameValue((0.5).toString(2), "0.1");
assert.sameValue((1.005).toFixed(2), "1.00");
assert.sameValue((123.456).toPrecision(4), "123.5");
assert.sameValue((12345).toExponential(2), "1.23e+4");
assert.throws(RangeError, () => (1).toFixed(101));
assert.throws(RangeError, () => (1).toString(37));
