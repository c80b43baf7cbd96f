// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Modules that need each other see functions early, and variables late
flags: [module]
---*/

import { isEven, readLater, sawEarly } from "./cycle_FIXTURE.js";

export function isOdd(n) {
  return n === 0 ? false : isEven(n - 1);
}
export const later = "set by now";

assert.sameValue(isOdd(7), true);
assert.sameValue(isEven(7), false);
assert.sameValue(sawEarly, "ReferenceError");
assert.sameValue(readLater(), "set by now");
