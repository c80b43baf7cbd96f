// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test that leaves with a completion printed has not passed
flags: [async]
---*/

$DONE();
$rewind.fault("exit");
