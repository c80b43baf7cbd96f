#!/usr/bin/env anything
/*---
description: A hashbang is a comment if it is the very first of the source
flags: [raw]
features: [hashbang]
---*/

// SPDX-License-Identifier: MIT OR Apache-2.0
var reached = true;
if (!reached) {
  throw new Error();
}
