// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Blocks nest scopes, and var passes through them
features: [let]
---*/

let x = "outer";
{
  let x = "inner";
  {
    let x = "innermost";
    var through = x;
  }
  assert.sameValue(x, "inner");
}
assert.sameValue(x, "outer");
assert.sameValue(through, "innermost");
assert.throws(SyntaxError, () => Function("let a; { var a; }"));
assert.throws(SyntaxError, () => Function("a", "let a;"));
