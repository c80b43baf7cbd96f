// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: raw: sloppy unless it says so
flags: [raw]
---*/

if ((function () { return this; })() === undefined) {
  throw new Error("strict");
}
