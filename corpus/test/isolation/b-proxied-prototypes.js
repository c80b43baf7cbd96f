// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of prototypes with proxies behind them, and leaves the same
features: [Proxy]
---*/

assert.sameValue(Object.getPrototypeOf(Object.prototype), null);
assert.sameValue(Object.getPrototypeOf(Number.prototype), Object.prototype);
assert.sameValue((1).anything, undefined);
assert.sameValue("anything" in globalThis, false);

const everything = new Proxy({}, {
  has: () => true,
  get: () => "leaked",
});
Object.setPrototypeOf(Number.prototype, everything);
Object.setPrototypeOf(globalThis, everything);
assert.sameValue((1).anything, "leaked");
