// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind modified harness functions, after a look at whether that is there already
includes: [propertyHelper.js]
---*/

assert.throws(Test262Error, () => assert.sameValue(1, 2));
assert.throws(Test262Error, () => assert(false));
assert.throws(Test262Error, () => assert.notSameValue(NaN, NaN));
assert.sameValue(new Test262Error("m").toString(), "Test262Error: m");
assert.sameValue(assert.leaked, undefined);

assert.leaked = true;
assert.sameValue = () => {};
assert.throws = () => {};
assert._fail = () => {};
Test262Error.prototype.toString = () => "leaked";
globalThis.assert = undefined;
globalThis.Test262Error = TypeError;
globalThis.verifyProperty = null;
