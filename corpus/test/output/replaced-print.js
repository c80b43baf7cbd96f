// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: print may be replaced, and the host notices what its own was given, nothing else
flags: [async]
---*/

const original = print;
const kept = [];
globalThis.print = function (text) {
  kept.push(text);
};
$DONE();
assert.compareArray(kept, ["Test262:AsyncTestComplete"]);
globalThis.print = original;
$DONE();
