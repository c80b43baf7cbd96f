// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: all, allSettled, any and race
flags: [async]
features: [Promise.allSettled, Promise.any, AggregateError]
includes: [asyncHelpers.js, promiseHelper.js]
---*/

asyncTest(async function () {
  const one = Promise.resolve(1);
  const no = Promise.reject(new RangeError("no"));
  const never = new Promise(() => {});

  assert.compareArray(await Promise.all([one, 2]), [1, 2]);
  assert.sameValue(await Promise.race([never, one]), 1);
  assert.sameValue(await Promise.any([no, one]), 1);
  checkSettledPromises(await Promise.allSettled([one, Promise.reject(3)]), [
    { status: "fulfilled", value: 1 },
    { status: "rejected", reason: 3 },
  ]);
  await assert.throwsAsync(RangeError, () => Promise.all([one, no, never]));
  await assert.throwsAsync(AggregateError, () => Promise.any([no, no]));
  try {
    await Promise.any([no]);
  } catch (aggregate) {
    assert.sameValue(aggregate.errors[0].message, "no");
  }
});
