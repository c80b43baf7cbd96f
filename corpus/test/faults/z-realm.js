// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults the realm is as it was
includes: [pristine.js]
---*/

verifyPristine();
