--> a comment only at the start of a line
/*---
description: The directive ends with a newline: what may only begin a line still does
---*/

assert.same(loaded.length, 2);
