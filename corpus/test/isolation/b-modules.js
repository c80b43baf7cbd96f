// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of a changed module, and leaves the same
flags: [module]
---*/

import { count, increment, box } from "./module_FIXTURE.js";
import * as ns from "./module_FIXTURE.js";

assert.sameValue(count, 0);
assert.sameValue(box.value, "fresh");
assert.sameValue(globalThis.evaluations, 1, "evaluated for this test, and once");

increment();
box.value = "changed";
assert.sameValue(ns.count, 1);
globalThis.leakedNamespace = ns;
