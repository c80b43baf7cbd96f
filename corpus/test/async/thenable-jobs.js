// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A thenable's then is called in a job of its own
flags: [async]
includes: [promiseHelper.js]
features: [Promise]
---*/

const order = recorder();
const thenable = {
  then(resolve) {
    order.push("then called");
    resolve("value");
  },
};
Promise.resolve(thenable).then((value) => {
  order.push(value);
});
Promise.resolve()
  .then(order.mark("1"))
  .then(order.mark("2"))
  .then(() => {
    assert.compareArray(order, ["script", "then called", "1", "value", "2"]);
  })
  .then($DONE, $DONE);
order.push("script");
