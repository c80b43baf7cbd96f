// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Reports come in the order they were made, as text
flags: [CanBlockIsTrue]
includes: [agents.js]
---*/

$262.agent.start(`
  $262.agent.report(1);
  $262.agent.report("2");
  $262.agent.leaving();
`);
assert.same(nextReport(), '1');
assert.same(nextReport(), '2');
