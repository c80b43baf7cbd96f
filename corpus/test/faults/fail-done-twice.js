// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async test that is done twice
flags: [async]
---*/

$DONE();
$DONE();
