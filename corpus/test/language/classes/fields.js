// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Fields are defined, not assigned, in order, once super has returned
features: [class-fields-public, class-static-fields-public, class]
---*/

const log = [];
function note(x) {
  log.push(x);
  return x;
}
class A {
  constructor() {
    note("A");
  }
  set field(value) {
    throw new Test262Error("a field is defined, so no setter runs");
  }
}
class B extends A {
  [note("computed")] = note("first");
  field = note("second");
  static fixed = note("static");
  self = this;
  constructor() {
    note("before");
    super();
    note("after");
  }
}
assert.compareArray(log, ["computed", "static"]);
const b = new B();
assert.compareArray(log, ["computed", "static", "before", "A", "first", "second", "after"]);
assert.sameValue(b.self, b);
assert.sameValue(b.computed, "first");
