// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw and async: silence fails all the same
flags: [raw, async]
---*/

1;
