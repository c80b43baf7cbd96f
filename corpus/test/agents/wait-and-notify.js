// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent waits until it is notified
flags: [CanBlockIsTrue]
includes: [atomicsHelper.js]
features: [SharedArrayBuffer, Atomics]
---*/

$262.agent.start(`
  $262.agent.receiveBroadcast(function (buffer) {
    const view = new Int32Array(buffer);
    Atomics.store(view, 1, 1);
    $262.agent.report(Atomics.wait(view, 0, 0));
    $262.agent.report(Atomics.wait(view, 0, 42));
    $262.agent.report(Atomics.wait(view, 0, 0, 1));
    $262.agent.leaving();
  });
`);
const view = new Int32Array(new SharedArrayBuffer(8));
$262.agent.broadcast(view.buffer);
$262.agent.waitUntil(view, 1, 1);
let woken = 0;
while (woken === 0) {
  woken = Atomics.notify(view, 0, 1);
  $262.agent.sleep(1);
}
assert.sameValue(woken, 1);
assert.compareArray($262.agent.collect(3), ["ok", "not-equal", "timed-out"]);
