// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: verifyProperty finds each attribute that is not as expected
includes: [propertyHelper.js]
---*/

function make() {
  return Object.defineProperty({}, "p", { value: 1, writable: true, enumerable: false, configurable: true });
}
verifyProperty(make(), "p", { value: 1, writable: true, enumerable: false, configurable: true });
verifyProperty(make(), "q", undefined);
for (const wrong of [{ value: 2 }, { writable: false }, { enumerable: true }, { configurable: false }]) {
  assert.throws(Test262Error, () => verifyProperty(make(), "p", wrong));
}
assert.throws(Test262Error, () => verifyProperty(make(), "q", { value: 1 }));
assert.throws(Test262Error, () => verifyProperty(make(), "p", undefined));

const kept = make();
verifyProperty(kept, "p", { configurable: true }, { restore: true });
assert.sameValue(kept.p, 1);
verifyProperty(kept, "p", { configurable: true });
assert.sameValue("p" in kept, false);

// A property that claims to be writable and isn't is found out.
const liar = new Proxy(make(), { set: () => false });
assert.throws(Test262Error, () => verifyProperty(liar, "p", { writable: true }));
