// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: How many turns an await and a return of a promise take
flags: [async]
includes: [asyncHelpers.js]
features: [async-functions]
---*/

const order = [];
async function plain() {
  order.push("start");
  await null;
  order.push("1");
  await Promise.resolve();
  order.push("2");
}
async function returning() {
  return Promise.resolve();
}
asyncTest(async function () {
  const running = plain();
  order.push("after the call");
  returning().then(() => order.push("returned"));
  let turns = Promise.resolve();
  for (let i = 1; i <= 4; i += 1) {
    turns = turns.then(() => order.push("turn " + i));
  }
  await running;
  await turns;
  assert.compareArray(order, [
    "start", "after the call", "1", "turn 1", "2", "turn 2", "returned", "turn 3", "turn 4",
  ]);
});
