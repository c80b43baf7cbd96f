// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Other output is no obstacle
flags: [async]
---*/

print('before');
$DONE();
print('after');
