// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A thrown primitive has no type
---*/

throw "text";
