// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An agent that is left running doesn't outlive its case
flags: [CanBlockIsTrue]
includes: [agents.js]
---*/

$262.agent.start(`
  $262.agent.report("begun");
  for (;;) { $262.agent.report("still here"); $262.agent.sleep(1); }
`);
assert.same(nextReport(), 'begun');
