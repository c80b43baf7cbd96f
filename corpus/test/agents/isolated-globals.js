// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent shares nothing but the memory
flags: [CanBlockIsTrue]
includes: [atomicsHelper.js]
features: [SharedArrayBuffer]
---*/

globalThis.visible = true;
$262.agent.start(`
  Array.prototype.polluted = true;
  globalThis.fromAgent = true;
  $262.agent.report(typeof visible + " " + typeof assert);
  $262.agent.leaving();
`);
assert.sameValue($262.agent.nextReport(), "undefined undefined");
assert.sameValue([].polluted, undefined);
assert.sameValue(typeof fromAgent, "undefined");
