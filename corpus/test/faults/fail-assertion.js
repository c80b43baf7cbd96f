// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An assertion that does not hold
---*/

assert.sameValue(1, 2, "meant to fail");
