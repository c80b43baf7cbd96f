// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Async generators queue what is asked of them
flags: [async]
includes: [asyncHelpers.js]
features: [async-iteration]
---*/

const log = [];
async function* g() {
  try {
    const got = yield Promise.resolve("first");
    log.push(got);
    yield* [1, Promise.resolve(2)];
  } finally {
    log.push("finally");
  }
}
asyncTest(async () => {
  const it = g();
  const all = await Promise.all([it.next(), it.next("got"), it.next(), it.next(), it.next()]);
  assert.compareArray(all.map((r) => r.value), ["first", 1, 2, undefined, undefined]);
  assert.compareArray(all.map((r) => r.done), [false, false, false, true, true]);
  assert.compareArray(log, ["got", "finally"]);

  const early = g();
  await early.next();
  assert.sameValue((await early.return(Promise.resolve("r"))).value, "r");
  await assert.throwsAsync(RangeError, () => early.throw(new RangeError()));
});
