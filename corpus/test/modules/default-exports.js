// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What a default export can be, and how it is named
flags: [module]
---*/

import anonymous from "./default-function_FIXTURE.js";
import expression from "./default-expression_FIXTURE.js";
import { default as Class } from "./default-class_FIXTURE.js";

assert.sameValue(anonymous(), "called");
assert.sameValue(anonymous.name, "default");
assert.sameValue(expression, 42);
assert.sameValue(Class.name, "Named");
