// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw and module: a module without harness
flags: [raw, module]
---*/

if (this !== undefined || "assert" in globalThis) {
  throw new Error("harness, or no module");
}
export {};
