// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Object patterns with renaming, computed names, defaults and rest
features: [destructuring-binding, object-rest, computed-property-names]
includes: [deepEqual.js]
---*/

const key = "computed";
const source = { a: 1, b: { c: [2, 3] }, computed: 4, d: undefined, [Symbol.for("s")]: 5 };
const {
  a: renamed,
  b: { c: [, second] },
  [key]: viaKey,
  d = "default",
  missing = renamed + 1,
  ...rest
} = source;
assert.sameValue(renamed, 1);
assert.sameValue(second, 3);
assert.sameValue(viaKey, 4);
assert.sameValue(d, "default");
assert.sameValue(missing, 2);
assert.deepEqual(rest, { [Symbol.for("s")]: 5 });

const { length } = "four";
assert.sameValue(length, 4);
assert.throws(TypeError, () => {
  const {} = null;
});
let assigned;
({ assigned } = { assigned: 6 });
assert.sameValue(assigned, 6);
