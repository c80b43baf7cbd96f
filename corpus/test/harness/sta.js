// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The error of the harness
---*/

const error = new Test262Error("m");
assert.sameValue(error.message, "m");
assert.sameValue(String(error), "Test262Error: m");
assert.sameValue(Test262Error("called") instanceof Test262Error, true);
assert.sameValue(new Test262Error().message, "");
assert.throws(Test262Error, Test262Error.thrower);
let thrown;
try {
  $DONOTEVALUATE();
} catch (value) {
  thrown = value;
}
assert.sameValue(typeof thrown, "string");
