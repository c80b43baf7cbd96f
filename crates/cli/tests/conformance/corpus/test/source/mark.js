// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A byte order mark is white space
---*/

assert.same(loaded.length, 2);
assert.same("﻿".length, 1);
