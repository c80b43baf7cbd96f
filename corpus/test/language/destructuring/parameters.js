// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Patterns as parameters, and the order in which they are taken apart
features: [destructuring-binding, default-parameters]
---*/

function f({ a, b: [c] = [3] } = { a: 1 }, [d] = "d", ...[e]) {
  return [a, c, d, e].join();
}
assert.sameValue(f(), "1,3,d,");
assert.sameValue(f({ a: 2, b: [4] }, ["x"], "y"), "2,4,x,y");
assert.throws(TypeError, () => f(null));

const log = [];
const traced = new Proxy({}, {
  get(target, name) {
    log.push(name);
  },
});
(({ z, y = log.push("default of y"), x }) => {})(traced);
assert.compareArray(log, ["z", "y", "default of y", "x"]);
