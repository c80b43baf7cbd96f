// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A loop without end in script
---*/

for (;;);
