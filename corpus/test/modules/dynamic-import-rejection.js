// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A dynamic import of a module that throws rejects each time with the same error
flags: [module, async]
includes: [asyncHelpers.js]
features: [dynamic-import]
---*/

asyncTest(async () => {
  let first;
  let second;
  await import("./throwing_FIXTURE.js").catch((error) => (first = error));
  await import("./throwing_FIXTURE.js").catch((error) => (second = error));
  assert.sameValue(first.message, "thrown by the fixture");
  assert.sameValue(second, first);
});
