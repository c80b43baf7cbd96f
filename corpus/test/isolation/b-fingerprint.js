// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Looks at everything that can be reached from the global object, and finds it as it was
includes: [pristine.js]
---*/

verifyPristine();
