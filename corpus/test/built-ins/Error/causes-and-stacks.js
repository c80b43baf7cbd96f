// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Errors have a message, a cause, and prototypes of their own
features: [error-cause, AggregateError, Error.isError]
---*/

const cause = new TypeError("inner");
const error = new RangeError("outer", { cause });
assert.sameValue(error.cause, cause);
assert.sameValue(Object.hasOwn(new Error("m"), "cause"), false);
assert.sameValue(Object.hasOwn(new Error(), "message"), false);
assert.sameValue(String(error), "RangeError: outer");
assert.sameValue(Error.prototype.toString.call({ name: "N", message: "" }), "N");
assert.sameValue(Error.isError(error), true);
assert.sameValue(Error.isError({ __proto__: Error.prototype }), false);
assert.compareArray(new AggregateError([1, 2]).errors, [1, 2]);
for (const Type of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
  assert.sameValue(Object.getPrototypeOf(Type), Error);
  assert.sameValue(Type("called").constructor, Type);
}
