// SPDX-License-Identifier: MIT OR Apache-2.0
export let count = 0;
export function increment() {
  count += 1;
}
