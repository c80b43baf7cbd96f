// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is printed decides nothing where the test isn't async
---*/

print('Test262:AsyncTestFailure:Test262Error: only text');
print('FAIL');
