// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Jobs are drained to the end, however many there are
flags: [async]
---*/

let n = 0;
function step() {
  n += 1;
  if (n === 5000) {
    $DONE();
  } else {
    Promise.resolve().then(step);
  }
}
step();
