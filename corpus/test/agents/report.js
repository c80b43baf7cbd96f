// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent runs, reports and leaves
flags: [CanBlockIsTrue]
includes: [atomicsHelper.js]
features: [SharedArrayBuffer, Atomics]
---*/

$262.agent.start(`
  $262.agent.report("hello from " + typeof $262.agent.receiveBroadcast);
  $262.agent.report(String([1, 2, 3].map((x) => x * 2)));
  $262.agent.leaving();
`);
assert.compareArray($262.agent.collect(2), ["hello from function", "2,4,6"]);
assert.sameValue($262.agent.getReport(), null);
