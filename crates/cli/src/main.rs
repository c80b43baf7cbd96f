//! The one binary: parent and worker.
//!
//! ```text
//! arguments ─► profile of rewind.toml ─► settings ─► corpus ─► plan ─► harness ─► reports ─► exit code
//! rewind worker ─► worker_main, before any of that
//! ```

mod args;
mod audit;
mod compare;
mod corpus_root;
mod doctor;
mod entry;
mod error;
mod exit;
mod list;
mod malloc;
mod merge;
mod paths;
mod profile;
mod profiling;
mod report_file;
mod run;
mod sandbox;
mod select;
mod shell;
mod signals;
mod stress;
mod terminal;
mod worker_main;

fn main() -> std::process::ExitCode {
    entry::enter()
}
