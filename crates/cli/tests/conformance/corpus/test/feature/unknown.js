// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A feature that nobody has heard of is not skipped
features: [made-up-for-this]
---*/

1;
