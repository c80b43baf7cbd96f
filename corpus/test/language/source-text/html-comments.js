// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Comments in the style of HTML, in scripts
flags: [noStrict]
---*/

var x = 1;
<!-- x = 2;
--> x = 3;
/* a
*/ --> x = 4;
assert.sameValue(x, 1);
assert.sameValue(x --> 0, true);
