// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Strict functions get this as it was passed
flags: [onlyStrict]
---*/

function self() {
  return this;
}
assert.sameValue(self(), undefined);
assert.sameValue(self.call(null), null);
assert.sameValue(self.call(1), 1);
assert.sameValue(this, globalThis, "global code has the global object all the same");
