// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: repeat, padding, trimming, replaceAll and well-formedness
features: [String.prototype.replaceAll, string-trimming, String.prototype.isWellFormed, String.prototype.toWellFormed]
---*/

assert.sameValue("ab".repeat(3), "ababab");
assert.throws(RangeError, () => "a".repeat(-1));
assert.throws(RangeError, () => "a".repeat(Infinity));
assert.sameValue("5".padStart(3, "01"), "015");
assert.sameValue("5".padEnd(4, "ab"), "5aba");
assert.sameValue("\ufeff\u00a0 a \n".trim(), "a");
assert.sameValue(" a ".trimEnd(), " a");
assert.sameValue("a.a.a".replaceAll(".", "$&-"), "a.-a.-a");
assert.sameValue("\ud800a".isWellFormed(), false);
assert.sameValue("\ud800a".toWellFormed(), "\ufffda");
