// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module may import itself
flags: [module]
---*/

import * as self from "./self-import.js";
import { later as alias } from "./self-import.js";

assert.sameValue(self.hoisted(), "hoisted");
assert.throws(ReferenceError, () => self.later);
export let later = 1;
assert.sameValue(self.later, 1);
assert.sameValue(alias, 1);
later += 1;
assert.sameValue(alias, 2);
export function hoisted() {
  return "hoisted";
}
assert.sameValue(self.self, self);
export { self };
