// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A .json file is a JSON module
flags: [module]
features: [json-modules]
---*/

import data from './data_FIXTURE.json' with { type: 'json' };
assert.same(data.list[2].three, 3);
assert.same(data.text, 'ü');
