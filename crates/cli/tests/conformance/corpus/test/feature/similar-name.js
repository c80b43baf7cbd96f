// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Features are compared whole
features: [Temporal-like]
---*/

1;
