// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Named, default and renamed imports
flags: [module]
---*/

import theDefault, { value, value as renamed, add, Shape } from "./provider_FIXTURE.js";

assert.sameValue(theDefault, "the default");
assert.sameValue(value, 1);
assert.sameValue(renamed, 1);
assert.sameValue(add(2, 3), 5);
assert.sameValue(new Shape().sides, 4);
assert.throws(TypeError, () => {
  value = 2;
}, "an import can't be assigned");
