// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Logical assignment writes only when its operator says so
esid: sec-assignment-operators
features: [logical-assignment-operators]
---*/

let writes = 0;
const object = {
  get full() { return 1; },
  set full(value) { writes += 1; },
  get empty() { return 0; },
  set empty(value) { writes += 1; },
  get absent() { return null; },
  set absent(value) { writes += 1; },
};

assert.sameValue((object.full ||= 2), 1);
assert.sameValue((object.empty &&= 2), 0);
assert.sameValue((object.full ??= 2), 1);
assert.sameValue(writes, 0);
assert.sameValue((object.full &&= 2), 2);
assert.sameValue((object.empty ||= 2), 2);
assert.sameValue((object.absent ??= 2), 2);
assert.sameValue(writes, 3);

let f;
f ??= () => {};
assert.sameValue(f.name, "f", "an anonymous function is named");
