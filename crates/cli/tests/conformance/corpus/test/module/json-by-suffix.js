// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A .json file is a JSON module also where no attribute says so
flags: [module]
features: [json-modules]
---*/

import data from './data_FIXTURE.json';
assert.same(data.list[2].three, 3);
