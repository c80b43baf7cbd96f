// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The error that assertions throw, and the mark of code that must never run.
defines: [Test262Error, $DONOTEVALUATE]
---*/

function Test262Error(message) {
  if (!(this instanceof Test262Error)) {
    return new Test262Error(message);
  }
  this.message = message === undefined ? "" : String(message);
}

Test262Error.prototype.toString = function () {
  return "Test262Error: " + this.message;
};

Test262Error.thrower = function (message) {
  throw new Test262Error(message);
};

function $DONOTEVALUATE() {
  throw "this source must be rejected before any of it runs";
}
