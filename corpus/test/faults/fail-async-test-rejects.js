// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: asyncTest passes a rejection on
flags: [async]
includes: [asyncHelpers.js]
features: [async-functions]
---*/

asyncTest(async function () {
  await null;
  assert.sameValue(1, 2);
});
