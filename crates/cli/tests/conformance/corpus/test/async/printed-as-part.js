// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Completion is a whole line, not a part of one
flags: [async]
---*/

print('said: Test262:AsyncTestComplete');
print('Test262:AsyncTestComplete!');
print(' Test262:AsyncTestComplete');
