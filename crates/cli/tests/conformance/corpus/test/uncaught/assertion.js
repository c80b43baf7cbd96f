// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An assertion fails by throwing
---*/

assert(1 === 2, 'one is two');
