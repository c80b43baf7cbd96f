// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Output from jobs and from other realms comes in order
flags: [async]
features: [cross-realm, Promise]
---*/

const other = $262.createRealm();
print("script");
Promise.resolve()
  .then(() => print("job"))
  .then(() => {
    if (typeof other.global.print === "function") {
      other.global.print("realm");
    }
  })
  .then(() => $DONE(), $DONE);
