#!/usr/bin/env rewind
/*---
description: A byte order mark isn't taken away; so a hashbang behind it isn't first
flags: [raw]
negative:
  phase: parse
  type: SyntaxError
---*/

throw "this must never run";
