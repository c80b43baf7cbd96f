// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A rejection that nobody handles is no exception
flags: [async]
---*/

Promise.reject(new Error('unhandled'));
$DONE();
