// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An async function that awaits without end
flags: [async, noStrict]
features: [async-functions]
---*/

async function forever() {
  for (;;) {
    await null;
  }
}
forever();
