// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What the engine lacks is skipped by name, in every variant
features: [Temporal]
---*/

throw new Error('run after all');
