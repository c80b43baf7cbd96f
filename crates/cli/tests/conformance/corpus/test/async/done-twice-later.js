// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE called again in a later job fails
flags: [async]
---*/

$DONE();
Promise.resolve().then(function () { $DONE(); });
