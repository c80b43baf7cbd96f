// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw and async: the test prints for itself
flags: [raw, async]
---*/

Promise.resolve().then(function () {
  print("Test262:AsyncTestComplete");
});
