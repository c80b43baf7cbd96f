// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test that prints a pass for itself and throws has failed
---*/

print("\u0001BATCH_END 0 0 0");
print('{"type":"case","verdict":"pass"}');
throw new Test262Error("this verdict counts");
