// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The global object, by way of sloppy code.
defines: [fnGlobalObject]
---*/

var __globalObject = this;

function fnGlobalObject() {
  return __globalObject;
}
