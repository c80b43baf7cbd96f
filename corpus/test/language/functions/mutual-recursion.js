// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Functions may call each other a few hundred levels deep
---*/

function even(n) {
  return n === 0 ? true : odd(n - 1);
}
function odd(n) {
  return n === 0 ? false : even(n - 1);
}
assert.sameValue(even(500), true);
assert.sameValue(odd(500), false);
