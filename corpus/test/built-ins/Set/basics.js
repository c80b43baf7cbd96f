// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Adding, deleting, walking
features: [Set]
---*/

const set = new Set("hello");
assert.sameValue([...set].join(""), "helo");
assert.sameValue(set.add("z"), set);
assert.sameValue(set.delete("h"), true);
assert.sameValue(set.delete("h"), false);
assert.sameValue(set.size, 4);
set.forEach((value, key, whole) => {
  assert.sameValue(value, key);
  assert.sameValue(whole, set);
});
assert.sameValue(set.keys, set.values);
