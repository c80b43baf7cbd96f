// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: For an async test doneprintHandle.js comes before the includes
flags: [async]
includes: [second.js]
---*/

assert.same(loaded.join(), "assert.js,sta.js,doneprintHandle.js,second.js");
$DONE();
