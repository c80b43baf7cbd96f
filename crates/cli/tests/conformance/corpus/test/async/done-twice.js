// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE called twice fails
flags: [async]
---*/

$DONE();
$DONE();
