// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error of another realm meets a negative test by its constructor's name
negative:
  phase: runtime
  type: RangeError
---*/

$262.createRealm().evalScript("throw new RangeError");
