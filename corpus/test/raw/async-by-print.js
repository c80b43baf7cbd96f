// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A raw test may be async, and then prints its completion itself
flags: [raw, async]
features: [Promise]
---*/

Promise.resolve().then(function () {
  print("Test262:AsyncTestComplete");
});
