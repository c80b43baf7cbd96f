// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A few realms at once, each left as it is
features: [cross-realm]
---*/

const realms = [];
for (let i = 0; i < 5; i += 1) {
  const realm = $262.createRealm();
  realm.global.number = i;
  realm.evalScript("Array.prototype.polluted = number; Object.freeze(Object.prototype);");
  realms.push(realm);
}
assert.compareArray(realms.map((realm) => realm.evalScript("[].polluted")), [0, 1, 2, 3, 4]);
assert.sameValue([].polluted, undefined);
assert.sameValue(Object.isFrozen(Object.prototype), false);
