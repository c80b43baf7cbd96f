// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Without the flag there is no $DONE to call
---*/

$DONE();
