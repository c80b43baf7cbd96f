// SPDX-License-Identifier: MIT OR Apache-2.0
let let;
