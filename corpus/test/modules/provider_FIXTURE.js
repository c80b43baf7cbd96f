// SPDX-License-Identifier: MIT OR Apache-2.0
export default "the default";
export const value = 1;
export function add(a, b) {
  return a + b;
}
export class Shape {
  sides = 4;
}
