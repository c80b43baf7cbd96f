// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Results are kept by path: this one passes
flags: [noStrict]
---*/

1;
