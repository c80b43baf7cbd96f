// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module evaluated for another test is evaluated anew for this one
flags: [module]
---*/

import { count, increment } from "./counter_FIXTURE.js";

assert.sameValue(count, 0);
increment();
assert.sameValue(count, 1);
