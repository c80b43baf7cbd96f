// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Agents receive what is broadcast and report
flags: [CanBlockIsTrue]
includes: [agents.js]
features: [SharedArrayBuffer, Atomics]
---*/

for (var i = 0; i < 2; i += 1) {
  $262.agent.start(`
    $262.agent.receiveBroadcast(function (buffer) {
      const view = new Int32Array(buffer);
      $262.agent.report("saw " + view[0]);
      Atomics.add(view, 1, 1);
      $262.agent.leaving();
    });
  `);
}
var view = new Int32Array(new SharedArrayBuffer(8));
view[0] = 7;
$262.agent.broadcast(view.buffer);
assert.same(nextReport(), "saw 7");
assert.same(nextReport(), "saw 7");
while (Atomics.load(view, 1) < 2) { $262.agent.sleep(1); }
assert.same($262.agent.getReport(), null);
