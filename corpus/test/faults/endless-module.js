// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that is never done
flags: [module]
---*/

export {};
while (true) {}
