// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Well-known and registered symbols are the same in each realm
features: [cross-realm, Symbol, Symbol.iterator]
---*/

const other = $262.createRealm();
assert.sameValue(other.global.Symbol.iterator, Symbol.iterator);
assert.sameValue(other.evalScript("Symbol.for('shared')"), Symbol.for("shared"));
assert.compareArray([...other.evalScript("new Set([1, 2])")], [1, 2]);
