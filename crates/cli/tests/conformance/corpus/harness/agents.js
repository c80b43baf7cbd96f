// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Waits for agents.
defines: [nextReport]
---*/

function nextReport() {
  var report;
  while ((report = $262.agent.getReport()) === null) {
    $262.agent.sleep(1);
  }
  return report;
}
