// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A JSON module has its value as the default export
flags: [module]
features: [json-modules, import-attributes]
includes: [deepEqual.js]
---*/

import data from "./data_FIXTURE.json" with { type: "json" };
import { default as again } from "./data_FIXTURE.json" with { type: "json" };

assert.deepEqual(data, { name: "rewind", list: [1, 2.5, null], nested: { "ü": true } });
assert.sameValue(again, data);
assert.sameValue(Object.isFrozen(data), false);
data.changed = true;
