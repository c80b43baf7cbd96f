// SPDX-License-Identifier: MIT OR Apache-2.0
export let slow = "not yet";
for (let i = 0; i < 10; i += 1) {
  await null;
}
slow = "ready";
