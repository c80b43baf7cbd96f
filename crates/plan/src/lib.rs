//! rewind-plan
