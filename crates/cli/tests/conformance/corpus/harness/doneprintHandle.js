// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: How a test says that it is done. Comes before the includes.
defines: [$DONE]
---*/

loaded.push("doneprintHandle.js");

function $DONE(error) {
  if (error) {
    print("Test262:AsyncTestFailure:" + (error.name || "Test262Error") + ": " + (error.message || error));
  } else {
    print("Test262:AsyncTestComplete");
  }
}
