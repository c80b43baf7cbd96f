// SPDX-License-Identifier: MIT OR Apache-2.0
import "./order-shared_FIXTURE.js";
globalThis.evaluated.push("b");
