// SPDX-License-Identifier: MIT OR Apache-2.0
export const value = 'right';
export let count = 0;
export function increase() { count += 1; return count; }
