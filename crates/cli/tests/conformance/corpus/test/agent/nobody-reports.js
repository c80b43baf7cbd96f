// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A case gets no reports of another's agents
---*/

assert.same($262.agent.getReport(), null);
$262.agent.sleep(3);
assert.same($262.agent.getReport(), null);
