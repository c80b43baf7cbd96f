// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: sameValue and notSameValue tell zeros apart and find NaN equal to itself
---*/

function fails(action) {
  let thrown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof Test262Error)) {
    throw new Error("an assertion held that should not have");
  }
}

assert.sameValue(NaN, NaN);
assert.sameValue(-0, -0);
assert.notSameValue(0, -0);
assert.notSameValue({}, {});
assert.notSameValue(1, 1n);
fails(() => assert.sameValue(0, -0));
fails(() => assert.sameValue("1", 1));
fails(() => assert.notSameValue(NaN, NaN));
fails(() => assert.sameValue(Symbol(), Symbol()));
fails(() => assert.sameValue(Object.create(null), null));
