// SPDX-License-Identifier: MIT OR Apache-2.0
// No test: its name says so. It has no frontmatter and would fail.
throw new Error("a fixture was run as a test");
