// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A directive of the test's own counts after comments
flags: [noStrict]
---*/

"use strict";
assert.same((function () { return this; })(), undefined);
