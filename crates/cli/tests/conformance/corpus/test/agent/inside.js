// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent has a realm and a $262.agent of its own
flags: [CanBlockIsTrue]
includes: [agents.js]
---*/

globalThis.ofMain = 1;
$262.agent.start(`
  const start = $262.agent.monotonicNow();
  $262.agent.sleep(2);
  const names = ["receiveBroadcast", "report", "sleep", "leaving", "monotonicNow"];
  const there = names.every(name => typeof $262.agent[name] === "function");
  const later = $262.agent.monotonicNow() - start >= 1;
  $262.agent.report([there, later, typeof ofMain, typeof assert].join());
  $262.agent.leaving();
`);
assert.same(nextReport(), "true,true,undefined,undefined");
