// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: import() gives the same namespace each time, from a script too
flags: [async]
includes: [asyncHelpers.js]
features: [dynamic-import]
---*/

asyncTest(async () => {
  const ns = await import("./provider_FIXTURE.js");
  assert.sameValue(ns.default, "the default");
  assert.sameValue(await import("./provider_FIXTURE.js"), ns);
  await assert.throwsAsync(SyntaxError, () => import("./unparsable_FIXTURE.js"));
  await assert.throwsAsync(Test262Error, () => import({ toString: Test262Error.thrower }));
});
