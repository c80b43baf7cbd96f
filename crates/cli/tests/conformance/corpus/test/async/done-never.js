// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE never called: it fails when the jobs have drained
flags: [async]
---*/

Promise.resolve().then(function () {});
