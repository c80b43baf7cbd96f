// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Nullish coalescing looks for null and undefined alone
esid: sec-binary-logical-operators
features: [coalesce-expression]
---*/

for (const value of [0, -0, NaN, "", false]) {
  assert.sameValue(value ?? "other", value);
}
assert.sameValue(null ?? "other", "other");
assert.sameValue(undefined ?? "other", "other");
assert.sameValue(null ?? undefined ?? 1, 1);

let evaluated = false;
const used = 1 ?? (evaluated = true);
assert.sameValue(used, 1);
assert.sameValue(evaluated, false);
assert.throws(SyntaxError, () => Function("return a ?? b || c"));
