// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Sloppy functions get the global object or a wrapper as this
flags: [noStrict]
---*/

function self() {
  return this;
}
assert.sameValue(self(), globalThis);
assert.sameValue(self.call(null), globalThis);
assert.sameValue(typeof self.call(1), "object");
assert.sameValue(this, globalThis);
