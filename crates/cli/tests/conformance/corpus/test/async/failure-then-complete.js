// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A failure stays one, though completion follows
flags: [async]
---*/

$DONE(new Test262Error('reported'));
$DONE();
