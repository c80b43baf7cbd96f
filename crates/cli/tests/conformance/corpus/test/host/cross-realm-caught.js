// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: An error of another realm has that realm's constructor
---*/

var other = $262.createRealm();
var caught;
try { other.evalScript("null.x"); } catch (error) { caught = error; }
assert.same(caught instanceof TypeError, false);
assert.same(caught.constructor, other.global.TypeError);
