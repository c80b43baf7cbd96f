// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Records the order in which promise jobs run.
defines: [recorder, checkSettledPromises]
---*/

// A list with `mark(label)`, which returns a function that appends the label
// and passes its argument on.
function recorder() {
  var order = [];
  order.mark = function (label) {
    return function (value) {
      order.push(label);
      return value;
    };
  };
  return order;
}

function checkSettledPromises(settled, expected, message) {
  assert.sameValue(settled.length, expected.length, message);
  settled.forEach(function (one, i) {
    assert.sameValue(one.status, expected[i].status, message);
    assert.sameValue(one.value, expected[i].value, message);
    assert.sameValue(one.reason, expected[i].reason, message);
  });
}
