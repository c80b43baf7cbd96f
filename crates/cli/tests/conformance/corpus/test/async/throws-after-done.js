// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An uncaught exception fails, though $DONE was called
flags: [async]
---*/

$DONE();
throw new RangeError('after all');
