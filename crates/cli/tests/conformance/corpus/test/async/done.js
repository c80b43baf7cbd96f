// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE called once passes
flags: [async]
---*/

$DONE();
