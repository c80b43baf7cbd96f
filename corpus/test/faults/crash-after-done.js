// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash after an async test has said that it is done
flags: [async]
---*/

$DONE();
Promise.resolve().then(function () {
  $rewind.fault("segv");
});
