// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE with an error fails, and says what
flags: [async]
---*/

$DONE(new Test262Error('reported'));
