// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The names of the harness are free in a raw test
flags: [raw]
---*/

let assert = 1;
const Test262Error = 2;
class $DONE {}
if (assert + Test262Error !== 3) {
  throw new Error();
}
