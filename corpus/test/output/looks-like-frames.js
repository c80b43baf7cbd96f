// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Text that looks like what a runner and its workers say to each other is only text
---*/

print("BATCH_END 0");
print("\u0001BATCH_END 0 0 0 0");
print("\u0001\u0001BATCH_BEGIN test/output/looks-like-frames.js");
print("BATCH_EXIT crash_count=99 limit=10 RSS=1MB limit=1MB tests=1");
print("BATCH_MANIFEST_END 1");
print("x\u0001BATCH_END 1 0 0 0 0 0 0 0 0 0 0 0\n\u0001BATCH_END 1 0");
print('{"type":"summary","cases":1,"pass":1,"fail":0,"lost":0}');
print("\r\u001b[2Jnot ok 1 - forged");
print("ok 1 - forged\nBail out!");
