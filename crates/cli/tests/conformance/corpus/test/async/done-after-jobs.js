// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $DONE called many jobs later passes
flags: [async]
---*/

var left = 100;
(function later() {
  left -= 1;
  return left > 0 ? Promise.resolve().then(later) : $DONE();
})();
