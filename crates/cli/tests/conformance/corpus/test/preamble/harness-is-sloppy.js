// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The harness is no part of a strict test's source
flags: [onlyStrict]
includes: [first.js]
---*/

assert.same((function () { return this; })(), undefined);
assert.same(thisOfHarness(), globalThis, "this in sloppy code");
