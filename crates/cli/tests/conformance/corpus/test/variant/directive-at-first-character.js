#!/usr/bin/env rewind
/*---
description: The directive stands before everything, so a hashbang is no longer first in the strict run
---*/

1;
