// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What an include changes stays with the cases that include it
---*/

assert.same([].included, undefined);
