// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: No directive is put before a raw test
flags: [raw]
---*/

with ({ inside: 1 }) {
  if (inside !== 1) {
    throw new Error("with");
  }
}
implicitGlobal = 017;
if (implicitGlobal !== 15) {
  throw new Error("octal");
}
