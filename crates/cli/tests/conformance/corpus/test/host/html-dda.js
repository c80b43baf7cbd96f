// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: IsHTMLDDA passes for undefined and gives null when called
features: [IsHTMLDDA]
---*/

assert.same(typeof $262.IsHTMLDDA, "undefined");
assert.same($262.IsHTMLDDA == null, true);
assert.same($262.IsHTMLDDA(), null);
