// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of changed array methods and a changed array prototype, and leaves the same
---*/

assert.sameValue([].leaked, undefined);
assert.sameValue([3, 1].map((x) => x + 1).join(), "4,2");
assert.sameValue(Object.getPrototypeOf(Array.prototype), Object.prototype);
assert.sameValue([..."ab"].length, 2);

Array.prototype.leaked = true;
Array.prototype[0] = "leaked";
Array.prototype.map = () => "leaked";
delete Array.prototype.join;
Object.setPrototypeOf(Array.prototype, null);
Array.prototype[Symbol.iterator] = null;
