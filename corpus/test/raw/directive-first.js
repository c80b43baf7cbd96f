"use strict";
/*---
description: Its source is untouched, so that its directive comes first and counts
flags: [raw]
---*/

if ((function () { return this; })() !== undefined) {
  throw new Error("the directive was not the first statement");
}
