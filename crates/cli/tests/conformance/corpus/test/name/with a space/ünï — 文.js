// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A path may hold spaces and any letters
---*/

assert.same(loaded.length, 2);
