// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of other realms, kept from going, and leaves the same
features: [cross-realm]
---*/

assert.sameValue("leakedRealm" in globalThis, false);
assert.sameValue($262.leaked, undefined);

globalThis.leakedRealm = $262.createRealm();
leakedRealm.global.back = globalThis;
leakedRealm.evalScript("Object.prototype.leaked = back; Promise.resolve().then(() => { back.leakedLater = 1; });");
$262.leaked = leakedRealm;
$262.agent = null;
