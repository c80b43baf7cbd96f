// SPDX-License-Identifier: MIT OR Apache-2.0
import { isOdd, later } from "./cycle.js";

export function isEven(n) {
  return n === 0 ? true : isOdd(n - 1);
}
export function readLater() {
  return later;
}
export let sawEarly;
try {
  later;
} catch (error) {
  sawEarly = error.name;
}
