// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults the queue of jobs is empty, and works
flags: [async]
features: [Promise]
---*/

const order = [];
Promise.resolve()
  .then(() => order.push(1))
  .then(() => order.push(2))
  .then(() => assert.compareArray(order, [1, 2]))
  .then($DONE, $DONE);
