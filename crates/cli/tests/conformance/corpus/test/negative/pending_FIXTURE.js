// SPDX-License-Identifier: MIT OR Apache-2.0

await new Promise(function () {});
