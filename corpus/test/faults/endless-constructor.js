// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: >
  An error whose type never comes: it has to be looked at to be judged, and that counts as the test's time
flags: [noStrict]
negative:
  phase: runtime
  type: RangeError
---*/

const error = new RangeError("its type is asked for");
Object.defineProperty(error, "constructor", {
  get() {
    for (;;);
  },
});
throw error;
