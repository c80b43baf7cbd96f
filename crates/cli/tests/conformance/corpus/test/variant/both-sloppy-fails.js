// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A test runs twice: here only the sloppy run fails
---*/

assert((function () { return this === undefined; })(), "this run is sloppy");
