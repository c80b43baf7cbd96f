// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A crash while a generator and a for-of are suspended
features: [generators]
---*/

function* crashing() {
  try {
    yield 1;
    $rewind.fault("fpe");
  } finally {
    globalThis.leakedByFault = "a finally block ran after the crash";
  }
}
for (const value of crashing()) {
  assert.sameValue(value, 1);
}
throw new Test262Error("the fault did nothing");
