// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The fingerprint again, with other files of the harness before it
includes: [propertyHelper.js, compareArray.js, testTypedArray.js, pristine.js]
features: [TypedArray]
---*/

verifyPristine();
Object.prototype.leaked = 1;
globalThis.verifyProperty = null;
