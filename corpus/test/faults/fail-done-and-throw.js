// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async test that is done, and throws
flags: [async]
---*/

$DONE();
throw new Test262Error("after completion");
