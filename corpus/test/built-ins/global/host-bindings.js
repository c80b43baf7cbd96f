// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What the host puts into the global object is writable, configurable and not enumerable
info: |
  The host defines print and $262; both can be replaced by a test.
---*/

for (const name of ["print", "$262"]) {
  const found = Object.getOwnPropertyDescriptor(globalThis, name);
  assert.sameValue(found.writable, true, name);
  assert.sameValue(found.configurable, true, name);
  assert.sameValue(found.enumerable, false, name);
}
assert.sameValue($262.global, globalThis);
assert.sameValue(typeof $262.createRealm, "function");
assert.sameValue(typeof $262.evalScript, "function");
assert.sameValue(typeof $262.agent.start, "function");
assert.sameValue($262.evalScript("1 + 1"), 2);
