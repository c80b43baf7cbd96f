"use strict";
/*---
description: raw: strict only by the source's own directive
flags: [raw]
---*/

if ((function () { return this; })() !== undefined) {
  throw new Error("sloppy");
}
