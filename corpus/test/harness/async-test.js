// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: asyncTest hands on how its function ended
flags: [async]
includes: [asyncHelpers.js]
features: [async-functions]
---*/

const done = $DONE;
const seen = [];
globalThis.$DONE = function (error) {
  seen.push(error === undefined ? "fine" : error.constructor.name);
};
asyncTest(async () => {});
asyncTest(async () => {
  throw new RangeError();
});
asyncTest(() => {
  throw new TypeError();
});
asyncTest("no function");
(async () => {
  for (let i = 0; i < 10; i += 1) {
    await null;
  }
  assert.compareArray(seen.sort(), ["RangeError", "Test262Error", "TypeError", "fine"]);
  await assert.throwsAsync(RangeError, async () => {
    throw new RangeError();
  });
  await assert.throwsAsync(Test262Error, () => assert.throwsAsync(TypeError, async () => {}));
  await assert.throwsAsync(Test262Error, () => assert.throwsAsync(TypeError, () => 1));
})().then(() => done(), done);
