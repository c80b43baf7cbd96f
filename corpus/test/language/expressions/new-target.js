// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: new.target tells a construction from a call, through arrows as well
features: [new.target, Reflect.construct, arrow-function]
---*/

function seen() {
  return (() => new.target)();
}
assert.sameValue(seen(), undefined);
function Made() {
  this.target = (() => new.target)();
}
assert.sameValue(new Made().target, Made);
class Sub extends Made {}
assert.sameValue(new Sub().target, Sub);
assert.sameValue(Reflect.construct(Made, [], Array).target, Array);
assert.throws(SyntaxError, () => (0, eval)("new.target"));
