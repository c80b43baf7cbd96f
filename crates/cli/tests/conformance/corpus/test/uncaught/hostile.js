// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A value that can't be made a string can be thrown
---*/

throw { get constructor() { throw 1; }, get name() { throw 2; }, toString() { throw 3; } };
