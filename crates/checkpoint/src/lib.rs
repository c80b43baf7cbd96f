//! rewind-checkpoint
