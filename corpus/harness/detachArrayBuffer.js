// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Detaches a buffer by way of the host.
defines: [$DETACHBUFFER]
---*/

function $DETACHBUFFER(buffer) {
  if (!$262 || typeof $262.detachArrayBuffer !== "function") {
    throw new Test262Error("the host offers no $262.detachArrayBuffer");
  }
  $262.detachArrayBuffer(buffer);
}
