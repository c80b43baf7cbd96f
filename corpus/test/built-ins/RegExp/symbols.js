// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: String methods go through the symbols of their argument
features: [Symbol.match, Symbol.replace, Symbol.search, Symbol.split]
---*/

const custom = {
  [Symbol.replace]: (string, by) => "replaced " + string + by,
  [Symbol.split]: (string) => ["split", string],
  [Symbol.search]: () => 42,
  [Symbol.match]: () => "matched",
};
assert.sameValue("a".replace(custom, "b"), "replaced ab");
assert.compareArray("a".split(custom), ["split", "a"]);
assert.sameValue("a".search(custom), 42);
assert.sameValue("a".match(custom), "matched");
assert.throws(TypeError, () => "a".includes(/a/));
