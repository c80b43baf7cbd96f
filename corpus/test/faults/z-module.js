// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: After all the faults modules can be loaded
flags: [module]
features: [dynamic-import, top-level-await]
---*/

import { sound } from "./sound_FIXTURE.js";

assert.sameValue(sound, "sound");
assert.sameValue(await import("./sound_FIXTURE.js").then((ns) => ns.sound), "sound");
