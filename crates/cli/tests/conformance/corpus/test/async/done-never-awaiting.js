// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Waiting for what never comes is not calling $DONE
flags: [async]
---*/

new Promise(function () {}).then($DONE, $DONE);
