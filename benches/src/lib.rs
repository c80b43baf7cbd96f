//! rewind-benches
