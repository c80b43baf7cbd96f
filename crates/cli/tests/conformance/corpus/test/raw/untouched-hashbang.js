#!/usr/bin/env rewind
/*---
description: raw: the source is untouched, so its first character is the first
flags: [raw]
---*/

1;
