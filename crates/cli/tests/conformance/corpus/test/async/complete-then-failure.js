// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A failure counts, though completion came first
flags: [async]
---*/

$DONE();
Promise.resolve().then(function () { $DONE(new Test262Error('afterwards')); });
