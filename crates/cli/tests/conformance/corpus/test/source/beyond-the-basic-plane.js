// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Text outside the basic plane arrives whole
---*/

assert.same("🦀".length, 2);
assert.same("🦀".codePointAt(0), 0x1f980);
var 𠮷 = 1;
assert.same(𠮷, 1);
