// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: What is left out, what is replaced, and how it is laid out
features: [well-formed-json-stringify]
---*/

assert.sameValue(JSON.stringify({ a: undefined, b: () => {}, c: Symbol(), d: NaN }), '{"d":null}');
assert.sameValue(JSON.stringify([undefined, , () => {}]), "[null,null,null]");
assert.sameValue(JSON.stringify({ toJSON: (key) => "key " + key }), '"key "');
assert.sameValue(JSON.stringify({ a: 1, b: 2, c: 3 }, ["c", "a"]), '{"c":3,"a":1}');
assert.sameValue(JSON.stringify({ a: [1, {}] }, null, "--"), '{\n--"a": [\n----1,\n----{}\n--]\n}');
assert.sameValue(JSON.stringify("\ud800"), '"\\ud800"');
assert.sameValue(JSON.stringify(undefined), undefined);
assert.throws(TypeError, () => JSON.stringify(1n));
const cycle = {};
cycle.self = cycle;
assert.throws(TypeError, () => JSON.stringify(cycle));
