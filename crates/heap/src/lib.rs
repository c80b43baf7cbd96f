//! rewind-heap
