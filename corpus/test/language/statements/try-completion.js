// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: finally overrides what try and catch were about to do
features: [optional-catch-binding]
---*/

function overriding() {
  try {
    throw 1;
  } catch {
    return "catch";
  } finally {
    return "finally";
  }
}
assert.sameValue(overriding(), "finally");

function loops() {
  let n = 0;
  for (;;) {
    try {
      n += 1;
      if (n < 3) continue;
      return n;
    } finally {
      if (n < 5) continue;
    }
  }
}
assert.sameValue(loops(), 5);
assert.sameValue((0, eval)("1; try { 2 } finally { 3 }"), 2);
assert.sameValue((0, eval)("do { 4; break; } while (false)"), 4);

let shadow = "outer";
try {
  throw { shadow: "inner" };
} catch ({ shadow }) {
  assert.sameValue(shadow, "inner");
}
assert.sameValue(shadow, "outer");
