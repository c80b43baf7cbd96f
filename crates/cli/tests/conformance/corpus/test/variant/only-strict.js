// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: onlyStrict: once, as strict code
flags: [onlyStrict]
---*/

assert.same((function () { return this; })(), undefined);
