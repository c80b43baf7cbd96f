// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A rejection that nobody handles fails no test
flags: [async]
---*/

Promise.reject(new Test262Error("nobody looks"));
Promise.resolve().then($DONE, $DONE);
