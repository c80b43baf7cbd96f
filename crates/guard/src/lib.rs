//! rewind-guard
