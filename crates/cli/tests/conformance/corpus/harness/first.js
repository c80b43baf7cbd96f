// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A file to include.
defines: []
---*/

loaded.push("first.js");
