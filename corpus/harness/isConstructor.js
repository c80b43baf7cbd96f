// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Whether a value has [[Construct]], without running it.
defines: [isConstructor]
features: [Reflect.construct]
---*/

function isConstructor(value) {
  if (typeof value !== "function") {
    return false;
  }
  try {
    // Only the newTarget is checked for [[Construct]]; Object itself is what runs.
    Reflect.construct(Object, [], value);
    return true;
  } catch (refusal) {
    return false;
  }
}
