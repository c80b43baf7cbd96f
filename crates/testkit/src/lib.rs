//! rewind-testkit
