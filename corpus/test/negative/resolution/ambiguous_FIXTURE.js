// SPDX-License-Identifier: MIT OR Apache-2.0
export * from "./provider_FIXTURE.js";
export * from "./other_FIXTURE.js";
