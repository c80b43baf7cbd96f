// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The sign of completion counts only as the whole of what is printed
flags: [async]
---*/

print("see Test262:AsyncTestComplete");
print(" Test262:AsyncTestComplete");
print("Test262:AsyncTestCompleted");
print("Test262:AsyncTest" + "Failed");
Promise.resolve().then($DONE, $DONE);
