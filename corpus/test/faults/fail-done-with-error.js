// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async test that is done with an error
flags: [async]
---*/

Promise.reject(new RangeError("meant to fail")).then($DONE, $DONE);
