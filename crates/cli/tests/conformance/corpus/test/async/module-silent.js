// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A module that is async has to say so
flags: [async, module]
---*/

await null;
export {};
