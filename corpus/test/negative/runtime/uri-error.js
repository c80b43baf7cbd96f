// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Half of an escape
negative:
  phase: runtime
  type: URIError
---*/

decodeURIComponent("%4");
