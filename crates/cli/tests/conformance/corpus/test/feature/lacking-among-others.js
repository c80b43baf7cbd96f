// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: One feature that is lacking is enough
features: [Array.prototype.flat, ShadowRealm]
flags: [onlyStrict]
---*/

throw new Error('run after all');
