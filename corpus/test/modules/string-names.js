// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Exports may have any well-formed string as their name
flags: [module]
features: [arbitrary-module-namespace-names]
---*/

import * as self from "./string-names.js";

const value = 1;
export { value as "any name at all", value as "☿" };
assert.sameValue(self["any name at all"], 1);
assert.sameValue(self["☿"], 1);
