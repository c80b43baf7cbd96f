// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An uncaught exception fails
---*/

throw new RangeError('nobody caught me');
