// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Named groups, back references, lookbehind, and the indices of matches
features: [regexp-named-groups, regexp-lookbehind, regexp-match-indices]
---*/

const match = /(?<year>\d{4})-(?<month>\d\d)/d.exec("on 2024-05");
assert.sameValue(match.groups.year, "2024");
assert.sameValue(match.index, 3);
assert.compareArray(match.indices.groups.month, [8, 10]);
assert.sameValue("2024-05".replace(/(?<y>\d+)-(?<m>\d+)/, "$<m>/$<y>"), "05/2024");
assert.sameValue(/(.)\1/.exec("abccd")[0], "cc");
assert.sameValue(/(?<=\$)\d+/.exec("€1 $42")[0], "42");
assert.sameValue(/(?<!\$)\b\d+/.exec("$42 17")[0], "17");
assert.compareArray(/(a)|(b)/.exec("b"), ["b", undefined, "b"]);
