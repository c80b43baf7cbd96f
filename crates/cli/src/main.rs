//! The one binary: parent and worker.
fn main() {}
