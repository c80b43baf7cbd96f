// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Jobs of another realm run in the one queue
flags: [async]
features: [cross-realm, Promise]
---*/

const order = [];
const other = $262.createRealm();
other.global.order = order;
Promise.resolve().then(() => order.push("ours 1"));
other.evalScript("Promise.resolve().then(() => order.push('theirs'))");
Promise.resolve()
  .then(() => order.push("ours 2"))
  .then(() => {
    assert.compareArray(order, ["ours 1", "theirs", "ours 2"]);
  })
  .then($DONE, $DONE);
