// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Parsing, with a reviver, and what is no JSON
includes: [deepEqual.js]
---*/

assert.deepEqual(JSON.parse(' {"a": [1, -0.5e2, "\\u0041", null, true]} '), { a: [1, -50, "A", null, true] });
assert.sameValue(Object.hasOwn(JSON.parse('{"__proto__": 1}'), "__proto__"), true);
assert.sameValue(JSON.parse('{"a":1,"a":2}').a, 2);
assert.deepEqual(
  JSON.parse('{"a":1,"b":{"c":2}}', function (key, value) {
    return typeof value === "number" ? value * 10 : key === "b" ? undefined : value;
  }),
  { a: 10 }
);
for (const bad of ["", "{a:1}", "[1,]", "01", "'a'", "1 2", '"\n"', "NaN", "+1", "\u00a01"]) {
  assert.throws(SyntaxError, () => JSON.parse(bad), JSON.stringify(bad));
}
