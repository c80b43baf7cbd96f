// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: In sloppy code a function in a block also becomes a variable outside of it
flags: [noStrict]
---*/

assert.sameValue(typeof inBlock, "undefined");
{
  assert.sameValue(inBlock(), 1, "hoisted within the block");
  function inBlock() {
    return 1;
  }
}
assert.sameValue(inBlock(), 1);
assert.sameValue(hoisted(), 2, "the last declaration wins");
function hoisted() {
  return 1;
}
function hoisted() {
  return 2;
}
