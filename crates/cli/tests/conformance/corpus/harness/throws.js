// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A file that can't be evaluated.
defines: []
---*/

throw new TypeError("the harness is broken");
