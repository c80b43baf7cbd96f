// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A private name must be declared by a class around it
features: [class-fields-private]
negative:
  phase: parse
  type: SyntaxError
---*/

$DONOTEVALUATE();

class C {
  m() {
    return this.#missing;
  }
}
