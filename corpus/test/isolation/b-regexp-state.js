// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of the state of regular expressions, and leaves the same
includes: [propertyHelper.js]
---*/

const shared = RegExp.prototype;
assert.sameValue(Object.hasOwn(shared, "leaked"), false);
assert.sameValue(/x/[Symbol.match]("x")[0], "x");
function literal() {
  return /a/g;
}
const regexp = literal();
assert.sameValue(regexp.lastIndex, 0);
assert.sameValue(verifyProperty.pattern, undefined);

regexp.exec("aaa");
assert.sameValue(regexp.lastIndex, 1);
verifyProperty.pattern = regexp;
shared.leaked = regexp;
shared.exec = () => null;
Object.defineProperty(shared, "flags", { get: () => "leaked" });
