// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A match that tries exponentially many ways
flags: [noStrict]
---*/

/^(?:(?:a+)+)+$/.test("a".repeat(60) + "b");
throw new Test262Error("the fault did nothing");
