// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Case mapping and normalisation beyond ASCII
---*/

assert.sameValue("ß".toUpperCase(), "SS");
assert.sameValue("İ".toLowerCase().length, 2);
assert.sameValue("ΑΣ".toLowerCase(), "ας", "final sigma");
assert.sameValue("e\u0301".normalize("NFC"), "é");
assert.sameValue("é".normalize("NFD").length, 2);
assert.sameValue("ﬁ".normalize("NFKC"), "fi");
assert.throws(RangeError, () => "".normalize("NFX"));
assert.sameValue("a" < "B", false);
assert.sameValue("\uffff" < "😀", false, "compared by code unit");
