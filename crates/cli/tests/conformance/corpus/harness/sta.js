// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The second file.
defines: [Test262Error, $DONOTEVALUATE]
---*/

loaded.push("sta.js");

function Test262Error(message) {
  this.message = message || "";
}

Test262Error.prototype.name = "Test262Error";

function $DONOTEVALUATE() {
  throw "this must never run";
}
