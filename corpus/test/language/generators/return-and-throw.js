// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: return and throw enter the generator where it stands, through finally
features: [generators]
---*/

let cleaned = 0;
function* g() {
  try {
    yield 1;
    yield 2;
  } catch (e) {
    yield "caught " + e;
  } finally {
    cleaned += 1;
    yield "cleaning";
  }
}
let it = g();
assert.sameValue(it.return("never started").value, "never started");
assert.sameValue(cleaned, 0);

it = g();
it.next();
assert.sameValue(it.return("r").value, "cleaning");
assert.sameValue(it.next().value, "r");

it = g();
it.next();
assert.sameValue(it.throw("e").value, "caught e");
assert.sameValue(it.next().value, "cleaning");
assert.sameValue(it.next().done, true);
assert.throws(RangeError, () => it.throw(new RangeError()));
