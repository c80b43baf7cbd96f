// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Promise.withResolvers, Promise.try and finally
flags: [async]
features: [promise-with-resolvers, promise-try, Promise.prototype.finally]
includes: [asyncHelpers.js]
---*/

asyncTest(async function () {
  const { promise, resolve } = Promise.withResolvers();
  resolve("later");
  assert.sameValue(await promise, "later");
  await assert.throwsAsync(Test262Error, () => Promise.try(Test262Error.thrower, "m"));
  assert.sameValue(await Promise.try((a, b) => a + b, 1, 2), 3);

  let ran = 0;
  assert.sameValue(await Promise.resolve("kept").finally(() => { ran += 1; return "dropped"; }), "kept");
  await assert.throwsAsync(RangeError, () => Promise.resolve().finally(() => { throw new RangeError(); }));
  assert.sameValue(ran, 1);
});
