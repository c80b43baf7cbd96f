// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Dependencies are evaluated first, depth first, each once
flags: [module]
---*/

import "./order-a_FIXTURE.js";
import "./order-b_FIXTURE.js";
import "./order-a_FIXTURE.js";

assert.compareArray(globalThis.evaluated, ["shared", "a", "b"]);
