// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Jobs that come after $DONE still run, and mean nothing
flags: [async]
---*/

Promise.resolve()
  .then($DONE, $DONE)
  .then(() => {
    globalThis.ranAfterDone = true;
  });
