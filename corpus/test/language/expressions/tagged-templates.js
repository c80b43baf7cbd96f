// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A tag gets one frozen strings array for each place in the source
esid: sec-tagged-templates
features: [template]
---*/

function identity(strings) {
  return strings;
}
function place() {
  return identity`a${1}b`;
}

const first = place();
assert.sameValue(place(), first, "the same place gives the same array");
assert.notSameValue(identity`a${1}b`, first, "another place gives another");
assert(Object.isFrozen(first));
assert(Object.isFrozen(first.raw));
assert.compareArray(first, ["a", "b"]);
assert.compareArray(identity`\n\u0041`.raw, ["\\n\\u0041"]);
assert.sameValue(identity`\unicode`[0], undefined, "a bad escape cooks to undefined");
assert.sameValue(identity`\unicode`.raw[0], "\\unicode");
assert.sameValue(String.raw`${1}\t${2}`, "1\\t2");
