// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw: no harness at all, and once
flags: [raw]
---*/

["assert", "loaded", "Test262Error", "$DONE", "$DONOTEVALUATE"].forEach(function (name) {
  if (name in globalThis) {
    throw new Error("there is " + name);
  }
});
if (typeof print !== "function" || typeof $262 !== "object") {
  throw new Error("the host's own are missing");
}
