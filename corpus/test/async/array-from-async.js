// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Array.fromAsync collects from async and sync iterables and array-likes
flags: [async]
includes: [asyncHelpers.js]
features: [Array.fromAsync]
---*/

asyncTest(async function () {
  async function* letters() {
    yield "a";
    yield "b";
  }
  assert.compareArray(await Array.fromAsync(letters()), ["a", "b"]);
  assert.compareArray(await Array.fromAsync([Promise.resolve(1), 2]), [1, 2]);
  assert.compareArray(await Array.fromAsync({ length: 2, 0: 5 }, async (x) => x), [5, undefined]);
  await assert.throwsAsync(TypeError, () => Array.fromAsync(null));
});
