// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Two agents take turns by waiting for each other
flags: [CanBlockIsTrue]
includes: [atomicsHelper.js]
features: [SharedArrayBuffer, Atomics]
---*/

$262.agent.start(`
  $262.agent.receiveBroadcast(function (buffer) {
    const view = new Int32Array(buffer);
    for (let turn = 0; turn < 20; turn += 1) {
      while (Atomics.load(view, 0) % 2 === 0) {
        Atomics.wait(view, 0, Atomics.load(view, 0) & ~1, 10);
      }
      Atomics.add(view, 0, 1);
      Atomics.notify(view, 0);
    }
    $262.agent.report("agent done");
    $262.agent.leaving();
  });
`);
const view = new Int32Array(new SharedArrayBuffer(4));
$262.agent.broadcast(view.buffer);
for (let turn = 0; turn < 20; turn += 1) {
  Atomics.add(view, 0, 1);
  Atomics.notify(view, 0);
  $262.agent.waitUntil(view, 0, 2 * turn + 2);
}
assert.sameValue($262.agent.nextReport(), "agent done");
assert.sameValue(Atomics.load(view, 0), 40);
