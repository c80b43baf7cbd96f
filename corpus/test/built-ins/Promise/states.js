// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: A promise settles once, adopts thenables, and reports later
flags: [async]
features: [Promise]
---*/

let calls = 0;
const promise = new Promise((resolve, reject) => {
  resolve({
    then(settle) {
      calls += 1;
      settle("adopted");
      settle("again");
      throw new Test262Error("ignored once settled");
    },
  });
  reject(new Test262Error("too late"));
  resolve("too late");
});
assert.sameValue(calls, 0, "then is called in a job");
promise
  .then((value) => {
    assert.sameValue(value, "adopted");
    assert.sameValue(calls, 1);
  })
  .then($DONE, $DONE);
