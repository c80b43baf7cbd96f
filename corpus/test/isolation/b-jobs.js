// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Finds nothing of jobs that never finish, and leaves the same
features: [Promise, async-functions, async-iteration]
---*/

assert.sameValue("leakedByJob" in globalThis, false);

// These wait for what never comes; nothing may wait for them, or see them go on.
const never = new Promise(() => {});
never.then(() => {
  globalThis.leakedByJob = 1;
});
(async () => {
  await never;
  globalThis.leakedByJob = 2;
})();
const generator = (async function* () {
  yield never;
})();
generator.next().finally(() => {
  globalThis.leakedByJob = 3;
});
Promise.resolve().then(() => {
  globalThis.leakedByJob = 4;
});
