// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: for await takes async iterators, and sync ones with promises in them
flags: [async]
includes: [asyncHelpers.js]
features: [async-iteration, Symbol.asyncIterator]
---*/

asyncTest(async () => {
  const out = [];
  for await (const value of [1, Promise.resolve(2), 3]) {
    out.push(value);
  }
  assert.compareArray(out, [1, 2, 3]);

  let closed = 0;
  const endless = {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => ({ value: Promise.resolve("not awaited"), done: false }),
    return: async () => (closed++, {}),
  };
  for await (const value of endless) {
    assert(value instanceof Promise);
    break;
  }
  assert.sameValue(closed, 1);
  await assert.throwsAsync(TypeError, async () => {
    for await (const value of [Promise.reject(new TypeError())]);
  });
});
