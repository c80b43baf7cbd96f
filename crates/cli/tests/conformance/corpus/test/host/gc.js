// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: gc can be called
---*/

assert.same($262.gc(), undefined);
