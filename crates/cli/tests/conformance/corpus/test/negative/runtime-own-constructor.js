// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The name is the constructor's, whoever made it
negative:
  phase: runtime
  type: OwnError
---*/

function OwnError() {}
throw new OwnError();
