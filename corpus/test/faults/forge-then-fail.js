// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test that forges a pass for itself fails all the same
---*/

$rewind.fault("forge");
throw new Test262Error("this verdict counts");
