// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash deep in the engine, with a sort, a replace and a proxy half done
features: [Proxy]
---*/

const trap = new Proxy({}, {
  get() {
    $rewind.fault("null");
  },
});
[3, 1, 2].sort(function () {
  return "abc".replace(/b/g, function () {
    return JSON.stringify({ toJSON: () => trap.anything });
  });
});
throw new Test262Error("the fault did nothing");
