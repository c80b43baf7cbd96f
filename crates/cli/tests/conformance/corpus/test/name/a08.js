// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Numbers in names are text: this one fails
flags: [noStrict]
---*/

assert(false, 'a08');
