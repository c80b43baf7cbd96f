// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: CR LF stays CR LF
includes: [first.js]
---*/

assert.same((function () {
}).toString(), "function () {\r\n}");
assert.same(`a
b`, "a\nb", "templates know one line ending");
