// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A source too deeply nested to be parsed on any stack
---*/

let thrown;
try {
  (0, eval)("[".repeat(200000));
} catch (error) {
  thrown = error;
}
assert(thrown instanceof SyntaxError || thrown instanceof RangeError, "an error, and no crash");
