// SPDX-License-Identifier: MIT OR Apache-2.0
/*---
description: Dates in UTC, at their limits and beyond
---*/

const date = new Date(Date.UTC(2024, 1, 29, 12, 30, 45, 678));
assert.sameValue(date.toISOString(), "2024-02-29T12:30:45.678Z");
assert.sameValue(date.getUTCDay(), 4);
assert.sameValue(date.setUTCMonth(2, 31), Date.UTC(2024, 2, 31, 12, 30, 45, 678));
assert.sameValue(new Date(Date.UTC(2023, 1, 29)).getUTCMonth(), 2);
assert.sameValue(Date.parse("2024-05-06"), Date.UTC(2024, 4, 6));
assert.sameValue(new Date(8.64e15).toISOString(), "+275760-09-13T00:00:00.000Z");
assert.sameValue(new Date(8.64e15 + 1).getTime(), NaN);
assert.throws(RangeError, () => new Date(NaN).toISOString());
assert.sameValue(new Date(NaN).toJSON(), null);
assert.sameValue(typeof Date(), "string");
