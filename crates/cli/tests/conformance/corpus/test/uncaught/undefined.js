// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Anything can be thrown, undefined too
---*/

throw undefined;
