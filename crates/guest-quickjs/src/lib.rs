//! rewind-guest-quickjs
