// SPDX-License-Identifier: MIT OR Apache-2.0
// No test: a name that includes _FIXTURE anywhere is none. It would fail.
throw new Error("a fixture was run as a test");
