// SPDX-License-Identifier: MIT OR Apache-2.0
export { round } from "./circular-reexport.js";
