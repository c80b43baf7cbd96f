// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Identifiers from all over Unicode, escaped or not
---*/

const größe = 1;
const 変数 = 2;
const \u0061bc = 3;
const \u{1d4d0} = 4;
const $_\u200c = 5;
assert.sameValue(größe, 1);
assert.sameValue(変数, 2);
assert.sameValue(abc, 3);
assert.sameValue(𝓐, 4);
assert.sameValue($_‌, 5);
assert.throws(SyntaxError, () => Function("var v\\u0061r\\u0020x"));
assert.sameValue({ \u0069f: 6 }.if, 6, "an escaped keyword may name a property");
