// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What a namespace object is like
flags: [module]
features: [Symbol.toStringTag, Reflect]
---*/

import * as ns from "./provider_FIXTURE.js";

assert.compareArray(Object.keys(ns), ["Shape", "add", "default", "value"]);
assert.sameValue(Object.getPrototypeOf(ns), null);
assert.sameValue(ns[Symbol.toStringTag], "Module");
assert.sameValue(Object.isExtensible(ns), false);
assert.sameValue(Reflect.set(ns, "value", 2), false);
assert.sameValue(Reflect.deleteProperty(ns, "value"), false);
assert.sameValue(Reflect.deleteProperty(ns, "absent"), true);
assert.sameValue(ns.absent, undefined);
const found = Object.getOwnPropertyDescriptor(ns, "value");
assert.sameValue(found.writable, true);
assert.sameValue(found.configurable, false);
