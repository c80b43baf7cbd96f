// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test that is not async may leave jobs, which run and can't fail it
---*/

Promise.resolve().then(function () {
  throw new Test262Error("a rejection, not an exception");
});
