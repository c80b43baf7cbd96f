// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Forged frames are written to every descriptor there might be, and no verdict comes of them
---*/

$rewind.fault("forge");
print("after the forgery");
assert.sameValue(1 + 1, 2);
