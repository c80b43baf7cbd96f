// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module waits for what it awaits, and its importers wait for it
flags: [module]
features: [top-level-await]
---*/

import { slow } from "./slow_FIXTURE.js";

assert.sameValue(slow, "ready");
const value = await new Promise((resolve) => resolve(7));
assert.sameValue(value, 7);
for await (const x of [Promise.resolve(1)]) {
  assert.sameValue(x, 1);
}
export const after = await import("./provider_FIXTURE.js");
assert.sameValue(after.value, 1);
