// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The comma gives its last operand, void nothing, and both evaluate everything
---*/

let n = 0;
assert.sameValue((n++, n++, n), 2);
assert.sameValue(void n++, undefined);
assert.sameValue(n, 3);

const object = {
  method() {
    "use strict";
    return this;
  },
};
assert.sameValue((0, object.method)(), undefined, "the comma drops the receiver");
assert.sameValue(object.method(), object);
