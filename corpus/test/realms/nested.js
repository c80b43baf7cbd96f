// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A realm can make realms, and its host object is its own
features: [cross-realm]
---*/

const outer = $262.createRealm();
const inner = outer.evalScript("$262.createRealm()");
assert.sameValue(outer.evalScript("$262").global, outer.global);
assert.notSameValue(inner.global, outer.global);
inner.evalScript("globalThis.deep = true");
assert.sameValue("deep" in outer.global, false);
assert.sameValue(inner.global.deep, true);
