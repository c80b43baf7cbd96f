// SPDX-License-Identifier: MIT OR Apache-2.0
throw new RangeError("thrown by the fixture");
