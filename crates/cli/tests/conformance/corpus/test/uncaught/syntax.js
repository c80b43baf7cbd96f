// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A syntax error that wasn't declared fails
---*/

let = = 1;
