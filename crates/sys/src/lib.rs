//! rewind-sys
