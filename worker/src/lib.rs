//! rewind-worker
