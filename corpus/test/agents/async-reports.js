// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Reports can be waited for in jobs
flags: [async, CanBlockIsTrue]
includes: [asyncHelpers.js, atomicsHelper.js]
features: [SharedArrayBuffer, async-functions]
---*/

asyncTest(async function () {
  $262.agent.start(`
    $262.agent.sleep(2);
    $262.agent.report(String($262.agent.monotonicNow() >= 0));
    $262.agent.leaving();
  `);
  assert.sameValue(await $262.agent.getReportAsync(), "true");
});
