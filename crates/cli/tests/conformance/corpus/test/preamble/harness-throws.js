// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A harness file that throws fails the test
includes: [throws.js]
---*/

1;
