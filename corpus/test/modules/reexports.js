// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Export from, export star, and export star as
flags: [module]
features: [export-star-as-namespace-from-module]
---*/

import * as ns from "./reexporter_FIXTURE.js";

assert.sameValue(ns.value, 1);
assert.sameValue(ns.sum, ns.provider.add);
assert.sameValue(ns.fromDefault, "the default");
assert.sameValue("default" in ns, false, "a star leaves the default out");
assert.sameValue(ns.own, "own");
assert.sameValue(ns.Shape, "shadowed", "an own export wins over a star");
