// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The type is the name of the constructor of what was thrown, whatever its message says
features: [class]
negative:
  phase: runtime
  type: OwnFailure
---*/

class OwnFailure extends Error {}
throw new OwnFailure("TypeError: this is only a message");
