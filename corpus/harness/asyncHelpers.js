// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Async functions as tests, and assertions about rejections.
defines: [asyncTest, assert.throwsAsync]
features: [async-functions]
---*/

function asyncTest(body) {
  if (typeof $DONE !== "function" || !Object.hasOwn(globalThis, "$DONE")) {
    throw new Test262Error("asyncTest needs the flag async");
  }
  if (typeof body !== "function") {
    $DONE(new Test262Error("asyncTest takes a function"));
    return;
  }
  var running;
  try {
    running = body();
  } catch (thrown) {
    $DONE(thrown || new Test262Error("asyncTest threw a falsy value"));
    return;
  }
  Promise.prototype.then.call(
    Promise.resolve(running),
    function () {
      $DONE();
    },
    function (reason) {
      $DONE(reason || new Test262Error("asyncTest rejected with a falsy value"));
    }
  );
}

assert.throwsAsync = async function (constructor, action, message) {
  var wrong = "nothing was thrown";
  var promise;
  try {
    promise = action();
  } catch (thrown) {
    assert._fail("expected a rejection, but it threw at once: " + assert._toString(thrown), message);
  }
  if (promise === null || typeof promise !== "object" || typeof promise.then !== "function") {
    assert._fail("expected a thenable, got " + assert._toString(promise), message);
  }
  try {
    await promise;
  } catch (reason) {
    wrong = assert._mismatch(constructor, reason);
  }
  if (wrong !== undefined) {
    assert._fail("expected a " + constructor.name + ", but " + wrong, message);
  }
};
