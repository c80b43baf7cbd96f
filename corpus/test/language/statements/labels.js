// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Labelled break and continue leave exactly the loop that they name
includes:
  - compareArray.js
---*/

const visited = [];
outer: for (let i = 0; i < 4; i += 1) {
  for (let j = 0; ; j += 1) {
    if (j > i) {
      continue outer;
    }
    if (i === 3) {
      break outer;
    }
    visited.push(i * 10 + j);
  }
}
assert(compareArray(visited, [0, 10, 11, 20, 21, 22]));

let reached = 0;
block: {
  reached = 1;
  if (reached) {
    break block;
  }
  reached = 2;
}
assert.sameValue(reached, 1);

a: b: c: for (;;) {
  break b;
}
