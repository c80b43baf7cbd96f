// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An include changes the realm of the case
includes: [pollutes.js]
---*/

assert.same([].included, true);
