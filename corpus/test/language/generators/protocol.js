// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A generator stops at each yield, and goes on with what next was given
features: [generators]
---*/

function* conversation() {
  const a = yield "first";
  const b = yield a + 1;
  return a + b;
}
const g = conversation();
assert.compareArray(Object.values(g.next("ignored")), ["first", false]);
assert.sameValue(g.next(10).value, 11);
const end = g.next(5);
assert.sameValue(end.value, 15);
assert.sameValue(end.done, true);
assert.sameValue(g.next().value, undefined);
assert.sameValue(g[Symbol.iterator](), g);

function* busy() {
  running.next();
}
const running = busy();
assert.throws(TypeError, () => running.next(), "already running");
assert.throws(TypeError, () => new conversation());
