//! rewind-report
