// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: |
  Waiting for agents. Every wait polls with a short sleep, so that a test takes
  as long as its agents do and no longer.
defines: [$262.agent.timeouts, $262.agent.nextReport, $262.agent.collect, $262.agent.waitUntil, $262.agent.tryYield, $262.agent.getReportAsync]
---*/

$262.agent.timeouts = { yield: 1, small: 20, long: 100, huge: 5000 };

// The next report, waited for.
$262.agent.nextReport = function () {
  var report;
  while ((report = $262.agent.getReport()) === null) {
    $262.agent.sleep($262.agent.timeouts.yield);
  }
  return report;
};

// `count` reports in the order in which they came.
$262.agent.collect = function (count) {
  var reports = [];
  for (var i = 0; i < count; i += 1) {
    reports[i] = $262.agent.nextReport();
  }
  return reports;
};

// Blocks until the element has the value, as agents reach a point together.
$262.agent.waitUntil = function (view, index, expected) {
  while (Atomics.load(view, index) !== expected) {
    $262.agent.sleep($262.agent.timeouts.yield);
  }
};

// Gives agents that are about to call Atomics.wait the time to do so.
$262.agent.tryYield = function () {
  $262.agent.sleep($262.agent.timeouts.small);
};

$262.agent.getReportAsync = async function () {
  var report;
  while ((report = $262.agent.getReport()) === null) {
    $262.agent.sleep($262.agent.timeouts.yield);
    await undefined;
  }
  return report;
};
