// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The name is the constructor's, not the error's own
negative:
  phase: runtime
  type: TypeError
---*/

var error = new RangeError('renamed');
error.name = 'TypeError';
throw error;
