// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A switch is one scope, compares strictly, and default may stand anywhere
---*/

function choose(value) {
  const path = [];
  switch (value) {
    case 1:
      path.push("one");
    default:
      path.push("default");
    case "1":
      path.push("text");
      break;
    case NaN:
      path.push("never");
  }
  return path.join();
}
assert.sameValue(choose(1), "one,default,text");
assert.sameValue(choose("1"), "text");
assert.sameValue(choose(NaN), "default,text");

assert.throws(ReferenceError, function () {
  switch (2) {
    case 1:
      let dead;
    case 2:
      dead;
  }
});
