// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: typeof of each kind of value
esid: sec-typeof-operator
features: [Symbol, BigInt]
---*/

const kinds = [
  [undefined, "undefined"],
  [null, "object"],
  [true, "boolean"],
  [1, "number"],
  [1n, "bigint"],
  ["", "string"],
  [Symbol(), "symbol"],
  [{}, "object"],
  [[], "object"],
  [/x/, "object"],
  [() => {}, "function"],
  [class {}, "function"],
  [new Proxy(function () {}, {}), "function"],
  [new Proxy({}, {}), "object"],
];
for (const [value, kind] of kinds) {
  assert.sameValue(typeof value, kind, "typeof " + assert._toString(value));
}
assert.sameValue(typeof notDeclaredAnywhere, "undefined");
assert.throws(ReferenceError, function () {
  typeof later;
  let later;
});
