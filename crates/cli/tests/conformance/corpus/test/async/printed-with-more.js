// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The first argument of print signals completion, whatever follows it
flags: [async]
---*/

print('Test262:AsyncTestComplete', 1);
