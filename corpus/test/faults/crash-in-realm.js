// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash in a function that another realm called
features: [cross-realm]
---*/

const other = $262.createRealm();
other.global.crash = () => $rewind.fault("ill");
other.evalScript("[1].map(crash)");
throw new Test262Error("the fault did nothing");
