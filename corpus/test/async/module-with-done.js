// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module may be async in the sense of $DONE as well
flags: [module, async]
includes: [asyncHelpers.js]
features: [top-level-await, async-functions]
---*/

const early = await Promise.resolve(1);
asyncTest(async function () {
  assert.sameValue(early, 1);
  await 0;
});
