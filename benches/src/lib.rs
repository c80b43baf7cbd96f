//! What the benchmarks work on: typical messages and real files.
//!
//! Each benchmark is a file beside this folder, run by `cargo bench -p
//! rewind-benches --bench NAME`. Figures that are quoted in the docs come from
//! these and from `cargo xtask bench-peers`.

mod files;
mod messages;

pub use files::default_corpus;
pub use messages::{BATCH, answers, cases};
