// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A chain of jobs without end
flags: [noStrict]
features: [Promise]
---*/

(function again() {
  Promise.resolve().then(again);
})();
