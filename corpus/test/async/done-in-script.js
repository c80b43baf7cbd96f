// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE may be called at once, before any job
flags: [async]
---*/

assert.sameValue(typeof $DONE, "function");
$DONE();
