// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Leaves behind a completion that was printed, after a look at whether that is there already
flags: [async]
---*/

assert.sameValue(typeof $DONE, "function");
assert.sameValue($DONE.leaked, undefined);

// The count of completions belongs to this test alone: if it were not put back,
// every async test after the first would have called $DONE too often.
const done = $DONE;
$DONE.leaked = true;
globalThis.$DONE = () => {};
Promise.resolve().then(done, done);
