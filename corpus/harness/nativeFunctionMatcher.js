// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Whether a function prints itself as a native one does.
defines: [assertNativeFunction]
---*/

function assertNativeFunction(value, message) {
  var text = Function.prototype.toString.call(value);
  assert(/^\s*function\b[^{]*\{\s*\[native code\]\s*\}\s*$/.test(text), (message || "") + " " + text);
}
