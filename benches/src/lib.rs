//! What the benchmarks work on: typical messages, real files, a script's calls
//! of its allocator, a corpus to be planned.
//!
//! Each benchmark is a file beside this folder, run by `cargo bench -p
//! rewind-benches --bench NAME`. Figures that are quoted in the docs come from
//! these and from `cargo xtask bench-peers`. The parts that need no kernel are
//! also run by the program `gate`, whose instructions `cargo xtask perf-gate` counts.

mod blocks;
mod files;
mod messages;
mod planning;

pub use blocks::{Blocks, General, Trace, stack_of, string_of, zeroed_once};
pub use files::default_corpus;
pub use messages::{BATCH, answers, cases, large_cases};
pub use planning::corpus_of;
