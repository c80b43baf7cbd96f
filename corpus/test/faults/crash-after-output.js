// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What was printed before a crash is kept
---*/

print("printed before the crash");
print("\u0001 and a line that starts with a control character");
$rewind.fault("segv");
