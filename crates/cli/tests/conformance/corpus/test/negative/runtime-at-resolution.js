// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: The right error of resolution is not one of runtime
negative:
  phase: runtime
  type: SyntaxError
flags: [module]
---*/

import { missing } from '../module/value_FIXTURE.js';
