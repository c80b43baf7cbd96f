// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A name that is only told from its neighbours' by punctuation
---*/

const marker = "a_b";
assert.sameValue(marker, "a_b");
