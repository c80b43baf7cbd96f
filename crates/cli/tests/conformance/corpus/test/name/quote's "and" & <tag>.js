// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Names are told as they are
flags: [noStrict]
---*/

1;
