// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The first file. Evaluated twice, it would lose what came after.
defines: [assert, loaded, thisOfHarness]
---*/

var loaded = ["assert.js"];

function assert(condition, message) {
  if (condition !== true) {
    throw new Test262Error(message || "expected true");
  }
}

// Sloppy code, unless the test's directive reached it.
function thisOfHarness() {
  return this;
}

assert.same = function (actual, expected, message) {
  if (!Object.is(actual, expected)) {
    throw new Test262Error((message || "value") + ": expected " + String(expected) + ", got " + String(actual));
  }
};
