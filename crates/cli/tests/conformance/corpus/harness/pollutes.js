// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A file that changes an intrinsic.
defines: []
---*/

Array.prototype.included = true;
