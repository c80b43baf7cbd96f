// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Three MiB in a single line
---*/

print("x".repeat(3 << 20));
