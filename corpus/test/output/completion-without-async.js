// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Printing the sign of completion means nothing in a test that is not async
---*/

print("Test262:AsyncTestComplete");
print("Test262:AsyncTestFailure:Test262Error: only text");
print("Test262:AsyncTestComplete");
