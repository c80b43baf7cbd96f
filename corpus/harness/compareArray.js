// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Whether two lists hold the same values in the same order.
defines: [compareArray]
---*/

function compareArray(left, right) {
  return assert._sameElements(left, right);
}

compareArray.format = function (list) {
  return assert._listing(list);
};
