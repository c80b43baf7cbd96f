// SPDX-License-Identifier: MIT OR Apache-2.0
export * from "./provider_FIXTURE.js";
export * as provider from "./provider_FIXTURE.js";
export { add as sum, default as fromDefault } from "./provider_FIXTURE.js";
export const own = "own";
export const Shape = "shadowed";
