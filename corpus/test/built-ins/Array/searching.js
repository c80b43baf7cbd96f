// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finding by value and by predicate, from both ends
features: [Array.prototype.includes, array-find-from-last, Array.prototype.at]
---*/

const list = [NaN, 0, -0, 1, 1];
assert.sameValue(list.indexOf(NaN), -1);
assert.sameValue(list.includes(NaN), true);
assert.sameValue(list.indexOf(-0), 1);
assert.sameValue(list.lastIndexOf(1), 4);
assert.sameValue(list.findIndex((x) => x === 1), 3);
assert.sameValue(list.findLastIndex((x) => x === 1), 4);
assert.sameValue(list.find(() => false), undefined);
assert.sameValue(list.at(-1), 1);
assert.sameValue(list.at(9), undefined);
assert.sameValue([, 1].includes(undefined), true);
assert.sameValue([, 1].indexOf(undefined), -1);
