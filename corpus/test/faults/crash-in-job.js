// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash in a job, after the script has ended
features: [Promise]
---*/

Promise.resolve().then(function () {
  $rewind.fault("null");
});
