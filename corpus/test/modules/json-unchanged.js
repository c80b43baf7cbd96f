// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A JSON module that another test has changed is as in its file again
flags: [module]
features: [json-modules, import-attributes]
---*/

import data from "./data_FIXTURE.json" with { type: "json" };

assert.sameValue("changed" in data, false);
data.changed = true;
