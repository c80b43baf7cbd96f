//! rewind-verdict
