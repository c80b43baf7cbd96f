// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An import follows the exporter's variable
flags: [module]
---*/

import { count, increment } from "./counter_FIXTURE.js";
import * as counter from "./counter_FIXTURE.js";

const start = count;
assert.sameValue(start, 0, "each test starts with a module of its own");
increment();
assert.sameValue(count, 1);
increment();
assert.sameValue(count, 2);
assert.sameValue(counter.count, 2);
