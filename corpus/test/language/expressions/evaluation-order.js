// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Operands are evaluated from left to right, before either is converted
includes: [compareArray.js]
---*/

let order = [];
function operand(name, value) {
  order.push(name);
  return {
    valueOf() {
      order.push(name + " converted");
      return value;
    },
  };
}

assert.sameValue(operand("a", 6) * operand("b", 7), 42);
assert.compareArray(order, ["a", "b", "a converted", "b converted"]);

order = [];
assert.sameValue(operand("a", 1) < operand("b", 2) && operand("c", 3) > operand("d", 2), true);
assert(
  compareArray(order, [
    "a", "b", "a converted", "b converted",
    "c", "d", "c converted", "d converted",
  ])
);
