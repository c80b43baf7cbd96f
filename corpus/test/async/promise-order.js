// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Jobs run in the order in which they were queued, after the script
flags: [async]
includes: [promiseHelper.js]
features: [Promise]
---*/

const order = recorder();
const p = Promise.resolve();
p.then(order.mark("a1")).then(order.mark("a2")).then(order.mark("a3"));
p.then(order.mark("b1")).then(order.mark("b2"));
order.push("script");
p.then(() => {})
  .then(() => {})
  .then(() => {})
  .then(() => {
    assert.compareArray(order, ["script", "a1", "b1", "a2", "b2", "a3"]);
  })
  .then($DONE, $DONE);
