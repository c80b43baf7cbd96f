// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: throws wants exactly the constructor it was given
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

assert.throws(TypeError, () => null.x);
assert.throws(Test262Error, Test262Error.thrower);
class Own extends TypeError {}
assert.throws(Own, () => {
  throw new Own();
});
fails(() => assert.throws(TypeError, () => {}));
fails(() => assert.throws(Error, () => null.x));
fails(() => assert.throws(TypeError, () => {
  throw new Own();
}));
fails(() => assert.throws(TypeError, () => {
  throw "TypeError";
}));
fails(() => assert.throws(TypeError, () => {
  throw null;
}));
fails(() => assert.throws(TypeError));
