// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: noStrict: once, as sloppy code
flags: [noStrict]
---*/

assert.same((function () { return this; })(), globalThis);
with ({}) {}
