//! rewind-corpus
