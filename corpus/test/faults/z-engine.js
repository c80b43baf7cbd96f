// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults the engine still does its work
features: [BigInt, Map, host-gc-required]
---*/

const list = [];
for (let i = 0; i < 20000; i += 1) {
  list.push({ i, key: (i * 7919) % 1000, text: "text " + i });
}
list.sort((a, b) => a.key - b.key || a.i - b.i);
for (let i = 1; i < list.length; i += 1) {
  assert(list[i - 1].key <= list[i].key);
}
assert.sameValue(JSON.parse(JSON.stringify(list)).length, 20000);
assert.sameValue(new Map(list.map((x) => [x.text, x.i])).get("text 19999"), 19999);
assert.sameValue("x".repeat(1 << 20).replace(/x/g, "yy").length, 2 << 20);
assert.sameValue(3n ** 500n % 1000007n, 3n ** 500n - (3n ** 500n / 1000007n) * 1000007n);
$262.gc();
assert.sameValue(list.length, 20000);
