// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Much is written straight to descriptors 1 and 2, past the engine, and is in nobody's way
---*/

$rewind.fault("flood");
print("after the flood");
assert.sameValue(1 + 1, 2);
