// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A raw test has no harness, only what the host itself defines
flags: [raw]
---*/

var names = ["assert", "Test262Error", "$DONE", "$DONOTEVALUATE"];
for (var i = 0; i < names.length; i += 1) {
  if (names[i] in this) {
    throw new Error(names[i] + " is defined");
  }
}
if (typeof print !== "function" || typeof $262 !== "object") {
  throw new Error("print and $262 belong to the host");
}
