// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Agents get one and the same memory
flags: [CanBlockIsTrue]
includes: [atomicsHelper.js]
features: [SharedArrayBuffer, Atomics]
---*/

const AGENTS = 3;
for (let i = 0; i < AGENTS; i += 1) {
  $262.agent.start(`
    $262.agent.receiveBroadcast(function (buffer) {
      const view = new Int32Array(buffer);
      for (let n = 0; n < 1000; n += 1) {
        Atomics.add(view, 0, 1);
      }
      $262.agent.report("done");
      $262.agent.leaving();
    });
  `);
}
const view = new Int32Array(new SharedArrayBuffer(8));
$262.agent.broadcast(view.buffer);
assert.compareArray($262.agent.collect(AGENTS), ["done", "done", "done"]);
assert.sameValue(Atomics.load(view, 0), AGENTS * 1000);
