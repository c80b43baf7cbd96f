// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Async functions return promises, and turn throws into rejections
flags: [async]
includes: [asyncHelpers.js]
features: [async-functions]
---*/

async function f(x) {
  if (x < 0) throw new RangeError("negative");
  return x * 2;
}
class C {
  async method() {
    return await super.toString.call([1, 2]);
  }
}
asyncTest(async () => {
  assert(f(1) instanceof Promise);
  assert.sameValue(await f(2), 4);
  await assert.throwsAsync(RangeError, () => f(-1));
  await assert.throwsAsync(RangeError, async (a = f(-1)) => await a);
  assert.sameValue(await (async (x) => (await x) + (await 1))(2), 3);
  assert.sameValue(await new C().method(), "[object Array]");
  assert.throws(TypeError, () => new f());
});
