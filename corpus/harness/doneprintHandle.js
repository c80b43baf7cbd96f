// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: How an async test says that it is done, and how it went.
defines: [$DONE]
---*/

function $DONE(error) {
  if (!error) {
    print("Test262:AsyncTestComplete");
    return;
  }
  var named = typeof error === "object" && "name" in error;
  var text = named ? error.name + ": " + error.message : "Test262Error: " + String(error);
  print("Test262:AsyncTestFailure:" + text);
}
