// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async test whose promise never settles
flags: [async]
---*/

new Promise(function () {}).then($DONE, $DONE);
