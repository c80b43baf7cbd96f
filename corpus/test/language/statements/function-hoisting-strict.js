// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: In strict code a function in a block stays there
flags: [onlyStrict]
---*/

{
  function inBlock() {
    return 1;
  }
  assert.sameValue(inBlock(), 1);
}
assert.sameValue(typeof inBlock, "undefined");
