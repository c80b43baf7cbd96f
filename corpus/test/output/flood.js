// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Three MiB in many lines, of which only the first part needs to be kept
---*/

const line = "0123456789abcdef".repeat(64);
for (let i = 0; i < 3 * 1024; i += 1) {
  print(i + " " + line);
}
