// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A function prints as its own source, to the byte
includes: [nativeFunctionMatcher.js]
---*/

function /* a */ spaced ( a,b ) { /* b */ return a+b }
assert.sameValue(spaced.toString(), "function /* a */ spaced ( a,b ) { /* b */ return a+b }");
assert.sameValue((x=>x).toString(), "x=>x");
assert.sameValue(({ m ( ) { } }).m.toString(), "m ( ) { }");
assert.sameValue((class  A { }).toString(), "class  A { }");
assert.sameValue(Function("a", "return a").toString(), "function anonymous(a\n) {\nreturn a\n}");
assertNativeFunction(Array.prototype.map);
assertNativeFunction(spaced.bind());
