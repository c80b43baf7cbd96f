// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: assert takes nothing but true
---*/

assert(true);
for (const value of [false, 1, "true", {}, undefined]) {
  let thrown;
  try {
    assert(value, "the message");
  } catch (error) {
    thrown = error;
  }
  assert.sameValue(thrown.constructor, Test262Error);
  assert.sameValue(thrown.message.startsWith("the message: "), true);
}
