// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw: includes are not evaluated either
flags: [raw]
includes: [first.js]
---*/

if (typeof loaded !== "undefined") {
  throw new Error("harness was evaluated");
}
