// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: $262 has every member that the suite asks for
---*/

["createRealm", "detachArrayBuffer", "evalScript", "gc"].forEach(function (name) {
  assert.same(typeof $262[name], "function", name);
});
["start", "broadcast", "getReport", "sleep", "monotonicNow"].forEach(function (name) {
  assert.same(typeof $262.agent[name], "function", "agent." + name);
});
assert.same($262.global, globalThis);
