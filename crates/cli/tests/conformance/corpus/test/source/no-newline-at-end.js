// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The last line needs no newline, and the comment on it ends with the file
---*/

assert.same(loaded.length, 2); // end