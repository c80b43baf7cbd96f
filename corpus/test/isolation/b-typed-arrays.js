// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of detached and resized buffers of the harness, and species, and leaves the same
includes: [testTypedArray.js]
features: [TypedArray, Symbol.species]
---*/

assert.sameValue(typedArrayConstructors.length, 9);
assert.sameValue(typedArrayConstructors[0].leaked, undefined);
assert.sameValue(new Uint8Array(2).map((x) => x + 1)[1], 1);
assert.sameValue(Uint8Array[Symbol.species], Uint8Array);

typedArrayConstructors[0].leaked = true;
typedArrayConstructors.length = 0;
Object.defineProperty(TypedArray, Symbol.species, { value: Array });
TypedArray.prototype.map = null;
