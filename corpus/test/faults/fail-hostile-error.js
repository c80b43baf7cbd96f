// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error that does not want to be looked at
features: [Proxy]
---*/

throw new Proxy(new Error("hidden"), {
  get() {
    throw new RangeError("from the trap");
  },
  getPrototypeOf() {
    throw new RangeError("from the trap");
  },
});
